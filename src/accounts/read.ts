import type { Database } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'
import { publicAccount, type PublicAccount } from './account.ts'

/** @throws Fault `not_found` */
export async function readAccount(database: Database, accountId: string): Promise<PublicAccount> {
  const account = await database.prisma.account.findUnique({ where: { id: accountId } })
  if (!account) throw new Fault('not_found')
  return publicAccount(account)
}
