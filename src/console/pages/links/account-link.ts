import type { Role } from '../../api/types.ts'

/** The code behind the # of a link that came by mail: with it the e-mail counts as proven. */
export function mailCodeOf(hash: string): { mailCode?: string } {
  const mailCode = hash.slice(1)
  return /^[\w-]{43}$/.test(mailCode) ? { mailCode } : {}
}

/** What a link is for, as its code is asked. */
export interface AccountLink {
  purpose: 'account' | 'reset' | 'verify' | 'invitation'
  email: string
  expiresAt: string
  /** Of an invitation: where to, and as what. */
  workspace?: { id: string; name: string; role: Role }
}
