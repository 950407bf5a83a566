import { Link } from '../ui/Link.tsx'
import { useWorkspace } from './workspace.ts'

/** Says once, under the h1, why nothing can be changed here; nothing where it can. `needs` is the role that the page's changes take. */
export function RoleNote({ needs = 'editor', workspaceId }: { needs?: 'editor' | 'owner'; workspaceId?: string }) {
  const { workspace, canEdit, isOwner } = useWorkspace(workspaceId)
  if (!workspace || (needs === 'owner' ? isOwner : canEdit)) return null
  return (
    <p>
      You can view {workspace.name}, not change it. Its{' '}
      <Link to="/workspace" search={{ tab: 'members' }}>
        owners
      </Link>{' '}
      can give you another role.
    </p>
  )
}
