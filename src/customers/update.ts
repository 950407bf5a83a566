import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import type { CustomerAccess } from './access.ts'
import { CREDENTIALS_BYTES_MAX, credentialsPlace } from './flow-secrets.ts'
import { publicCustomer, SHOWN, type CustomerFields, type PublicCustomer } from './customer.ts'
import type { CustomerProvisioner } from './provisioner.ts'
import { announceCustomer } from './customer-cache.ts'
import { findCustomerId } from './read.ts'

export interface CustomerDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  provisioner: CustomerProvisioner
}

/** Omitted fields stay as they are; null clears a field. */
export interface CustomerChange {
  name?: string | null
  fields?: CustomerFields | null
}

/**
 * Changes a customer. The change overrides every token signed before it; a token signed later overrides the change.
 * @throws Fault `not_found`
 */
export async function updateCustomer(
  deps: CustomerDeps,
  access: CustomerAccess<'editor'>,
  customer: string,
  change: CustomerChange,
  actor: Actor
): Promise<PublicCustomer> {
  const { workspaceId } = access
  await deps.provisioner.flush()
  return deps.changes.transaction(async (tx, announce) => {
    const id = await findCustomerId(tx, workspaceId, customer)
    // An empty change must not override any token.
    const since = Object.keys(change).length === 0 ? null : new Date(deps.clock.now())
    const locked = await tx.$executeRaw`
      update customer set token_issued_at = greatest(token_issued_at, ${since}::timestamptz) where id = ${id}`
    if (locked === 0) throw new Fault('not_found', { why: 'no_such_customer' })
    const row = await tx.customer.update({
      where: { id },
      data: {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.fields === undefined
          ? {}
          : { fields: change.fields ? ({ ...change.fields } as Prisma.InputJsonObject) : Prisma.DbNull })
      },
      ...SHOWN
    })
    announceCustomer(announce, row)
    await deps.audit.record(tx, {
      action: 'customer.updated',
      actor,
      target: id,
      workspaceId,
      details: { fields: Object.keys(change) }
    })
    return publicCustomer(row)
  })
}

/**
 * Stores a customer's credentials for flows, or removes them (null).
 * @throws Fault `validation_failed` if they are too large, `not_found` if the customer was deleted
 */
export async function keepCredentials(
  deps: CustomerDeps & { keyring: Keyring },
  customerId: string,
  credentials: Secret<unknown>,
  actor: Actor
): Promise<PublicCustomer> {
  const value = credentials.reveal()
  const json = JSON.stringify(value)
  if (Buffer.byteLength(json) > CREDENTIALS_BYTES_MAX) {
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/credentials', message: `must not be larger than ${CREDENTIALS_BYTES_MAX} bytes as JSON` }]
    })
  }
  const sealed = value === null ? null : deps.keyring.seal(json, credentialsPlace(customerId))
  await deps.provisioner.flush()
  return deps.changes.transaction(async (tx, announce) => {
    const [kept] = await tx.$queryRaw<
      unknown[]
    >`update customer set credentials = ${sealed} where id = ${customerId} returning id`
    if (!kept) throw new Fault('not_found', { why: 'customer_deleted' })
    const row = await tx.customer.findUniqueOrThrow({ where: { id: customerId }, ...SHOWN })
    announceCustomer(announce, row)
    await deps.audit.record(tx, {
      action: 'customer.updated',
      actor,
      target: customerId,
      workspaceId: row.workspaceId,
      details: { credentials: sealed === null ? 'removed' : 'set' }
    })
    return publicCustomer(row)
  })
}
