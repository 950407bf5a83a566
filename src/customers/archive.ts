import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { CustomerAccess } from './access.ts'
import { announceCustomer } from './customer-cache.ts'
import { managedCustomer, type ManagedCustomer, SHOWN } from './customer.ts'
import { findCustomerId } from './read.ts'
import type { CustomerDeps } from './update.ts'

/**
 * Archives a customer, or restores it. The tokens of an archived customer are refused, in every process, until it is
 * restored; its data stays. Archiving an archived customer again keeps the first `archivedAt`.
 * @throws Fault `not_found`
 */
export async function setArchived(
  deps: CustomerDeps,
  access: CustomerAccess<'editor'>,
  customer: string,
  archived: boolean,
  actor: Actor
): Promise<ManagedCustomer> {
  const { workspaceId } = access
  await deps.provisioner.flush()
  return deps.changes.transaction(async (tx, announce) => {
    const id = await findCustomerId(tx, workspaceId, customer)
    const at = archived ? new Date(deps.clock.now()) : null
    const changed = await tx.$executeRaw`
      update customer set archived_at = ${at}::timestamptz
       where id = ${id} and (archived_at is null) = ${archived}`
    const row = await tx.customer.findUnique({ where: { id }, ...SHOWN })
    if (!row) throw new Fault('not_found', { why: 'no_such_customer' })
    if (changed > 0) {
      announceCustomer(announce, row)
      await deps.audit.record(tx, {
        action: archived ? 'customer.archived' : 'customer.restored',
        actor,
        target: id,
        workspaceId,
        details: { id: row.externalId }
      })
    }
    return managedCustomer(row)
  })
}
