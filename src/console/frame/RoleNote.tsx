import { Note } from '../ui/Note.tsx'
import { Link } from '../ui/Link.tsx'
import { useWorkspace } from './workspace.ts'

/**
 * Says once, under the h1, why nothing can be changed here: the role, or a suspended workspace. Nothing where it can.
 * `needs` is the role that the page's changes take.
 */
export function RoleNote({ needs = 'editor', workspaceId }: { needs?: 'editor' | 'owner'; workspaceId?: string }) {
  const { workspace, canEdit, isOwner } = useWorkspace(workspaceId)
  if (workspace?.suspended)
    return (
      <Note tone="bad">
        {workspace.name} is suspended by an admin: it can be read, and nothing in it runs or can be changed.
      </Note>
    )
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
