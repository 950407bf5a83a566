import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { jsonInput, Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isObject } from '../lib/json.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import type { CustomerAccess } from './access.ts'
import { CREDENTIALS_BYTES_MAX, credentialsPlace } from './flow-secrets.ts'
import {
  managedCustomer,
  type ManagedCustomer,
  publicCustomer,
  SHOWN,
  type CustomerFields,
  type PublicCustomer
} from './customer.ts'
import type { CustomerProvisioner } from './provisioner.ts'
import { announceCustomer } from './customer-cache.ts'
import { findCustomerId } from './read.ts'

/** The most names of credentials that are stored for display. */
const NAMES_MAX = 50

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
  /** true = none of its tokens is accepted. */
  blocked?: boolean | null
  /** Tokens that were issued before this are not accepted. */
  tokensNotBefore?: Date | null
}

/**
 * Changes a customer. A new name or fields override every token signed before; a token signed later overrides them. A
 * block is in force from the next call on, in every process, for integration tokens too.
 * @throws Fault `not_found`
 */
export async function updateCustomer(
  deps: CustomerDeps,
  access: CustomerAccess<'editor'>,
  customer: string,
  change: CustomerChange,
  actor: Actor
): Promise<ManagedCustomer> {
  const { workspaceId } = access
  await deps.provisioner.flush()
  return deps.changes.transaction(async (tx, announce) => {
    const id = await findCustomerId(tx, workspaceId, customer)
    const now = new Date(deps.clock.now())
    // Only name and fields can conflict with tokens.
    const since = change.name === undefined && change.fields === undefined ? null : now
    const [before] = await tx.$queryRaw<Block[]>`
      update customer set token_issued_at = greatest(token_issued_at, ${since}::timestamptz) where id = ${id}
      returning blocked_at as "blockedAt", tokens_not_before as "tokensNotBefore"`
    if (!before) throw new Fault('not_found', { why: 'no_such_customer' })
    const block = blockAfter(before, change, now)
    const row = await tx.customer.update({
      where: { id },
      data: {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.fields === undefined
          ? {}
          : { fields: change.fields ? jsonInput({ ...change.fields }) : Prisma.DbNull }),
        ...block
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
    if (isDifferent(before, block))
      await deps.audit.record(tx, {
        action: block.blockedAt || block.tokensNotBefore ? 'customer.blocked' : 'customer.unblocked',
        actor,
        target: id,
        workspaceId,
        details: { blocked: block.blockedAt !== null, tokensNotBefore: block.tokensNotBefore?.toISOString() ?? null }
      })
    return managedCustomer(row)
  })
}

interface Block {
  blockedAt: Date | null
  tokensNotBefore: Date | null
}

function blockAfter(before: Block, { blocked, tokensNotBefore }: CustomerChange, now: Date): Block {
  return {
    blockedAt: blocked === undefined ? before.blockedAt : blocked ? (before.blockedAt ?? now) : null,
    tokensNotBefore: tokensNotBefore === undefined ? before.tokensNotBefore : tokensNotBefore
  }
}

function isDifferent(a: Block, b: Block): boolean {
  return (
    a.blockedAt?.getTime() !== b.blockedAt?.getTime() || a.tokensNotBefore?.getTime() !== b.tokensNotBefore?.getTime()
  )
}

/** The names of credentials that members of the workspace may see: the keys, if the credentials are an object. */
function namesOf(credentials: unknown): string[] {
  return isObject(credentials)
    ? Object.keys(credentials)
        .slice(0, NAMES_MAX)
        .map((name) => name.slice(0, 100))
    : []
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
    const [kept] = await tx.$queryRaw<unknown[]>`
      update customer
         set credentials = ${sealed}, credential_names = ${namesOf(value)}::text[],
             credentials_updated_at = ${sealed === null ? null : new Date(deps.clock.now())}::timestamptz
       where id = ${customerId} returning id`
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
