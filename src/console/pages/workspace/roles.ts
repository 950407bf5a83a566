import type { Role } from '../../api/types.ts'

export const ROLES: readonly { value: Role; label: string; may: string }[] = [
  { value: 'viewer', label: 'Viewer', may: 'reads, and calls listeners with own tokens' },
  { value: 'editor', label: 'Editor', may: 'changes flows, listeners and secrets as well' },
  { value: 'owner', label: 'Owner', may: 'the members and the workspace too' }
]
