import type { AccountRecord, MemberRole } from '../accounts/lookup.ts'
import type { Database, Listener, Prisma } from '../db/client.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { requireRole } from '../workspaces/access.ts'
import { publicListener, type PublicListener } from './listener.ts'

/** @throws Fault `not_found` for a listener of a workspace that the account is not in, as for none; `insufficient_scope` */
export async function findListener(client: Pick<Prisma.TransactionClient, 'listener'>, account: AccountRecord, listenerId: string, atLeast: MemberRole): Promise<Listener> {
  const listener = isId('lsn', listenerId) ? await client.listener.findUnique({ where: { id: listenerId } }) : null
  if (!listener) throw new Fault('not_found', { why: 'no_such_listener' })
  requireRole(account, listener.workspaceId, atLeast)
  return listener
}

/** As {@link findListener}, and nobody else changes the listener until the commit. */
export async function lockListener(tx: Prisma.TransactionClient, account: AccountRecord, listenerId: string, atLeast: MemberRole): Promise<Listener> {
  await findListener(tx, account, listenerId, atLeast)
  await tx.$queryRaw`select 1 from listener where id = ${listenerId} for update`
  return findListener(tx, account, listenerId, atLeast)
}

/** @throws Fault `not_found` */
export async function readListener(deps: { database: Database, publicUrl: string }, account: AccountRecord, listenerId: string): Promise<PublicListener> {
  return publicListener(await findListener(deps.database.prisma, account, listenerId, 'viewer'), deps.publicUrl)
}
