import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { lockWorkspace } from '../workspaces/quotas.ts'
import type { CustomerAccess } from './access.ts'
import { announceCustomer } from './customer-cache.ts'
import { findCustomerId } from './read.ts'
import type { CustomerDeps } from './update.ts'

/**
 * Deletes a customer with its stored credentials and ends its integration tokens at once. Its runs stay. Tokens that
 * its back end signed stay valid: the next one creates the customer again, with another internal id. A block outlives
 * it.
 * @throws Fault `not_found`
 */
export async function deleteCustomer(
  deps: CustomerDeps,
  access: CustomerAccess<'editor'>,
  customer: string,
  actor: Actor
): Promise<void> {
  const { workspaceId } = access
  await deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const id = await findCustomerId(tx, workspaceId, customer)
    const [gone] = await tx.$queryRaw<{ externalId: string }[]>`
      with gone as (
        delete from customer where id = ${id} returning workspace_id, external_id, blocked_at, tokens_not_before),
      kept as (
        insert into kept_block (workspace_id, external_id, blocked_at, tokens_not_before)
        select * from gone where blocked_at is not null or tokens_not_before is not null
        on conflict (workspace_id, external_id)
        do update set blocked_at = excluded.blocked_at, tokens_not_before = excluded.tokens_not_before)
      select external_id as "externalId" from gone`
    if (!gone) throw new Fault('not_found', { why: 'no_such_customer' })
    await tx.workspace.update({
      where: { id: workspaceId },
      data: { customerCount: { decrement: 1 } },
      select: { id: true }
    })
    const { externalId } = gone
    announceCustomer(announce, { id, workspaceId, externalId })
    await deps.audit.record(tx, {
      action: 'customer.deleted',
      actor,
      target: id,
      workspaceId,
      details: { id: externalId }
    })
  })
}
