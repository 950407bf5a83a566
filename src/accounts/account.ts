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
  /** As an admin sets it; `suspendedAt` says since when. */
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
