import { authorize } from '../auth/authorize.ts'
import type { Origin, Principal } from '../auth/principal.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import { whyBlocked } from '../customers/check-block.ts'
import { findCustomerId } from '../customers/read.ts'
import type { CustomerProvisioner } from '../customers/provisioner.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { Database } from '../platform/db/client.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { Admission } from './admit.ts'

export interface TryDeps {
  database: Database
  listeners: RecordCache<ListenerRecord>
  customers: RecordCache<CustomerRecord>
  provisioner: CustomerProvisioner
  clock: Clock
}

/** A session whose account is an editor of the listener's workspace. */
export interface Trier {
  session: Extract<Principal, { kind: 'session' }>
  listenerId: string
  workspaceId: string
}

/**
 * Admits a try of a listener. The session of an editor needs no more, because an editor could change who may call the
 * listener: its rules on callers and addresses are not applied. A try as a customer may do what the customer may.
 * @param customer the id of the customer to try it as, ours or its back end's; undefined for the session itself
 * @throws Fault `not_found` for a customer that does not exist or may not call this listener; `invalid_token` for a
 *   blocked one, and if the listener accepts no customers
 */
export async function admitTry(
  deps: TryDeps,
  { session, listenerId, workspaceId }: Trier,
  customer: string | undefined,
  origin: Origin
): Promise<Admission> {
  const found = await deps.listeners.get(listenerId)
  if (!found) throw new Fault('not_found', { why: 'no_such_listener' })
  const triedBy = session.account.id
  if (customer === undefined) return { principal: session, listener: found, carrier: undefined, triedBy }
  const principal = await actAs(deps, workspaceId, customer)
  return { principal, listener: authorize(principal, found, undefined, origin.ip), carrier: undefined, triedBy }
}

async function actAs(
  { database, customers, provisioner, clock }: TryDeps,
  workspaceId: string,
  customer: string
): Promise<Extract<Principal, { kind: 'customer' }>> {
  await provisioner.flush()
  const record = await customers.get(await findCustomerId(database.prisma, workspaceId, customer))
  if (!record) throw new Fault('not_found', { why: 'no_such_customer' })
  const why = whyBlocked(record, clock.now())
  if (why !== undefined) throw new Fault('invalid_token', { why })
  const { key } = await database.prisma.workspace.findUniqueOrThrow({
    where: { id: workspaceId },
    select: { key: true }
  })
  return { kind: 'customer', workspaceId, workspaceKey: key, customer: record }
}
