import type { Account } from '../platform/db/client.ts'

export type AccountRole = 'user' | 'admin'

/** An account as its owner and admins see it. */
export interface PublicAccount {
  id: string
  email: string
  name: string
  role: AccountRole
  phoneNumber: string | null
  pictureUrl: string | null
  createdAt: string
  /** Set by an admin. `suspendedAt` is the time of the suspension. */
  suspended: boolean
  suspendedAt: string | null
}

export function publicAccount(account: Account): PublicAccount {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    role: account.role as AccountRole,
    phoneNumber: account.phoneNumber,
    pictureUrl: account.pictureUrl,
    createdAt: account.createdAt.toISOString(),
    suspended: account.suspendedAt !== null,
    suspendedAt: account.suspendedAt?.toISOString() ?? null
  }
}
