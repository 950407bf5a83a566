import { Fault } from '../lib/fault.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { containing, type CountedPage, countedPage, type PageRequest } from '../platform/db/page.ts'
import type { Admin } from './admin.ts'
import { type AccountRole, publicAccount, type PublicAccount } from './account.ts'

/** @throws Fault `not_found` */
export async function readAccount(database: Database, accountId: string): Promise<PublicAccount> {
  const account = await database.prisma.account.findUnique({ where: { id: accountId } })
  if (!account) throw new Fault('not_found')
  return publicAccount(account)
}

export interface AccountFilter extends PageRequest {
  /** A substring of the e-mail or of the name. */
  q?: string | undefined
  role?: AccountRole | undefined
  suspended?: boolean | undefined
}

/** All accounts, newest first. The caller must be an admin. */
export async function listAccounts(
  deps: { database: Database },
  _admin: Admin,
  filter: AccountFilter
): Promise<CountedPage<PublicAccount>> {
  const fitting: Prisma.AccountWhereInput = {
    AND: [
      filter.q === undefined ? {} : { OR: [{ email: containing(filter.q) }, { name: containing(filter.q) }] },
      filter.role === undefined ? {} : { role: filter.role },
      filter.suspended === undefined ? {} : { suspendedAt: filter.suspended ? { not: null } : null }
    ]
  }
  return countedPage(deps.database.prisma.account, fitting, filter, publicAccount)
}
