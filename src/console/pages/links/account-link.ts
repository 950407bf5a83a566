import type { Role } from '../../api/types.ts'

/** The code after the # of a link from a mail. With it the e-mail counts as proven. */
export function mailCodeOf(hash: string): { mailCode?: string } {
  const mailCode = hash.slice(1)
  return /^[\w-]{43}$/.test(mailCode) ? { mailCode } : {}
}

/** The purpose of a link, which the gateway returns for its code. */
export interface AccountLink {
  purpose: 'account' | 'reset' | 'verify' | 'invitation'
  email: string
  expiresAt: string
  /** For an invitation: the workspace and the role. */
  workspace?: { id: string; name: string; role: Role }
}
