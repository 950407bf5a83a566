import type { Role } from '../../api/types.ts'

/** What a link is for, as its code is asked. */
export interface AccountLink {
  purpose: 'account' | 'reset' | 'invitation'
  email: string
  expiresAt: string
  /** Of an invitation: where to, and as what. */
  workspace?: { id: string; name: string; role: Role }
}
