import type { Account } from '../platform/db/client.ts'

export type AccountRole = 'user' | 'admin'
export type AccountState = 'invited' | 'active' | 'suspended'

/** An account as its owner and admins see it. */
export interface PublicAccount {
  id: string
  email: string
  name: string
  /** Whether the owner has proved that they receive mail sent to this address. */
  emailVerified: boolean
  role: AccountRole
  phoneNumber: string | null
  pictureUrl: string | null
  createdAt: string
  /** `invited` until the invited person has chosen a password. */
  state: AccountState
  /** Set by an admin. `suspendedAt` is the time of the suspension. */
  suspended: boolean
  suspendedAt: string | null
}

/** An account as the API shows it: without its password's hash. */
export function publicAccount(account: Account): PublicAccount {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    emailVerified: account.emailVerifiedAt !== null,
    role: account.role as AccountRole,
    phoneNumber: account.phoneNumber,
    pictureUrl: account.pictureUrl,
    createdAt: account.createdAt.toISOString(),
    state: account.suspendedAt ? 'suspended' : account.invitedAt ? 'invited' : 'active',
    suspended: account.suspendedAt !== null,
    suspendedAt: account.suspendedAt?.toISOString() ?? null
  }
}
