import { Note } from '../ui/Note.tsx'
import { Link } from '../ui/Link.tsx'
import { useWorkspace } from './workspace.ts'

/**
 * The note under the h1 that says why nothing can be changed here: the role, or a suspended workspace. Renders nothing
 * if changes are allowed. `needs` is the role that the changes of the page need.
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
