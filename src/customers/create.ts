import { type Customer, isUniqueViolation, jsonInput } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { lockWorkspace, requireQuota, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import type { CustomerAccess } from './access.ts'
import { announceCustomer } from './customer-cache.ts'
import { type CustomerFields, managedCustomer, type ManagedCustomer, SHOWN } from './customer.ts'
import type { CustomerDeps } from './update.ts'

type Block = Pick<Customer, 'blockedAt' | 'tokensNotBefore'>

export interface NewCustomer {
  /** The id that the customers' back end gives it. */
  externalId: string
  name: string | null
  fields: CustomerFields
}

/**
 * Creates a customer before its first token. Its tokens find it by its external id.
 * @throws Fault `conflict` if the workspace has this customer or the maximum number of customers, `not_found` if the
 *   workspace was deleted
 */
export async function createCustomer(
  deps: CustomerDeps,
  access: CustomerAccess<'editor'>,
  { externalId, name, fields }: NewCustomer,
  actor: Actor
): Promise<ManagedCustomer> {
  const { workspaceId } = access
  await deps.provisioner.flush()
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const { customerCount } = await tx.workspace.update({
      where: { id: workspaceId },
      data: { customerCount: { increment: 1 } },
      select: { customerCount: true }
    })
    requireQuota(customerCount - 1, WORKSPACE_LIMITS.customers, 'customers in a workspace')
    const now = new Date(deps.clock.now())
    // A customer that was deleted while it was blocked stays blocked.
    const [block] = await tx.$queryRaw<Block[]>`
      delete from kept_block where workspace_id = ${workspaceId} and external_id = ${externalId}
      returning blocked_at as "blockedAt", tokens_not_before as "tokensNotBefore"`
    const row = await tx.customer
      .create({
        data: {
          id: newId('cus'),
          workspaceId,
          externalId,
          name,
          fields: jsonInput({ ...fields }),
          createdAt: now,
          lastActiveAt: now,
          ...block
        },
        ...SHOWN
      })
      .catch((error: unknown) => {
        if (isUniqueViolation(error))
          throw new Fault('conflict', { why: 'customer_exists', detail: 'The workspace has a customer with this id.' })
        throw error
      })
    announceCustomer(announce, row)
    await deps.audit.record(tx, {
      action: 'customer.created',
      actor,
      target: row.id,
      workspaceId,
      details: { id: externalId }
    })
    return managedCustomer(row)
  })
}
