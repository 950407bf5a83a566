import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import type { Changes } from '../platform/db/changes.ts'
import { notifyAll } from '../platform/db/notify.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { Clock } from '../lib/clock.ts'
import { createFlusher } from '../lib/flusher.ts'
import { externalKey, type CustomerRecord } from './customer-cache.ts'
import { createProvisionQueue } from './provision.ts'
import { updateSql, isNewer, type CustomerClaimsUpdate } from './token-claims.ts'

export const PROVISIONER_FLUSH_MS = 1_000
/** The most customers with pending updates. Beyond it, the oldest update is dropped and counted. */
export const PROVISIONER_WAITING_MAX = 50_000
const ROWS_AT_ONCE = 1_000

/**
 * Keeps customers up to date with their tokens (just-in-time provisioning). New customers and changed claims are
 * written immediately, times of activity in batches.
 *
 * An update is pending (in the map of this process), then written by the one guarded `update customer` of a flush, or
 * dropped if too many are pending. If a flush fails, its updates become pending again, unless newer ones have arrived.
 * @example
 * const update = claimsUpdateOf(verified.token, verified.keys.workspaceId)
 * const customer = update && (await provisioner.ensure(update))
 */
export interface CustomerProvisioner {
  /**
   * Returns the customer of a token that was just verified, and creates or updates it first if necessary. Resolves with
   * undefined if the workspace does not exist.
   * @throws (rejects with) Fault `conflict` if the workspace has the maximum number of customers, `rate_limited` if too
   *   many new customers wait
   */
  ensure(update: CustomerClaimsUpdate): Promise<CustomerRecord | undefined>
  /** Records activity of a customer whose token brought no new claims. Never waits and never throws. */
  touch(customerId: string): void
  /** Writes the pending updates, so that a read right after a call includes the claims of its token. */
  flush(): Promise<void>
  stats(): { waiting: number; dropped: number; written: number }
  close(): Promise<void>
}

export interface CustomerProvisionerDeps {
  pool: Pool
  changes: Changes
  customers: RecordCache<CustomerRecord>
  clock: Clock
  onError(error: unknown): void
}

interface PendingUpdate {
  at: number
  update: CustomerClaimsUpdate | undefined
}

const COLUMNS = [
  'id text',
  'last_active_at timestamptz',
  'name text',
  'fields json',
  'token_issued_at timestamptz',
  'token_expires_at timestamptz'
].map((column) => column.split(' ') as [string, string])

const UPDATE_CUSTOMERS = `
  update customer c set ${updateSql('s', 'c')}
    from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
      as s(${COLUMNS.map(([name]) => name).join(', ')})
    join customer before on before.id = s.id
   where c.id = s.id
  returning c.id, c.workspace_id, c.external_id,
            (before.name is distinct from c.name or before.fields::text is distinct from c.fields::text) as changed`

export function createCustomerProvisioner(deps: CustomerProvisionerDeps): CustomerProvisioner {
  const queue = createProvisionQueue(deps)
  const inFlight = new Map<string, Promise<CustomerRecord | undefined>>()
  let pending = new Map<string, PendingUpdate>()
  let dropped = 0
  let written = 0

  const flusher = createFlusher({
    everyMs: PROVISIONER_FLUSH_MS,
    isEmpty: () => pending.size === 0,
    write,
    onError: deps.onError
  })

  function note(customerId: string, { at, update }: PendingUpdate): void {
    const known = pending.get(customerId)
    if (known) {
      known.at = Math.max(known.at, at)
      if (update && (!known.update || isNewer(update, known.update))) known.update = update
    } else {
      pending.set(customerId, { at, update })
      if (pending.size > PROVISIONER_WAITING_MAX) {
        const [oldest] = pending.keys()
        if (oldest !== undefined) pending.delete(oldest)
        dropped++
      }
    }
    flusher.soon()
  }

  async function write(): Promise<void> {
    // Updates that arrive during a statement wait for the next flush. Otherwise each statement would be followed by a
    // small one.
    for (let left = pending.size; left > 0 && pending.size > 0;) {
      const batch = [...pending].slice(0, Math.min(left, ROWS_AT_ONCE))
      left -= batch.length
      for (const [id] of batch) pending.delete(id)
      try {
        const { rows } = await deps.pool.query<{
          id: string
          workspace_id: string
          external_id: string
          changed: boolean
        }>({ name: 'customers_update', text: UPDATE_CUSTOMERS, values: valuesOf(batch) })
        written += rows.length
        const keys = rows
          .filter(({ changed }) => changed)
          .flatMap((row) => [row.id, externalKey(row.workspace_id, row.external_id)])
        await notifyAll(
          deps.pool,
          keys.map((key) => ['customer', key])
        )
      } catch (error) {
        // Updates that arrived meanwhile are newer and are merged over the failed batch.
        const later = pending
        pending = new Map(batch)
        for (const [id, entry] of later) note(id, entry)
        throw error
      }
    }
  }

  async function ensure(update: CustomerClaimsUpdate): Promise<CustomerRecord | undefined> {
    const key = externalKey(update.workspaceId, update.externalId)
    const known = await deps.customers.get(key)
    // A known customer is never rejected: if the queue is full, its update becomes pending instead.
    if (known && (!differs(update, known) || isOutdated(known.id, update) || queue.isFull(update.workspaceId))) {
      note(known.id, { at: deps.clock.now(), update })
      return known
    }
    // Concurrent calls with the same new customer share one provision.
    const running = inFlight.get(key)
    if (running) {
      await running
      return ensure(update)
    }
    const provision = queue.provision(update).finally(() => inFlight.delete(key))
    inFlight.set(key, provision)
    return provision
  }

  /** Whether an update from a newer token is already pending. */
  function isOutdated(customerId: string, update: CustomerClaimsUpdate): boolean {
    const waiting = pending.get(customerId)?.update
    return waiting !== undefined && !isNewer(update, waiting)
  }

  return {
    ensure,
    touch: (customerId) => note(customerId, { at: deps.clock.now(), update: undefined }),
    flush: flusher.now,
    stats: () => ({ waiting: pending.size, dropped, written }),
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}

/** Whether the update changes the record. Absent claims change nothing. */
function differs({ name, fields }: CustomerClaimsUpdate, known: CustomerRecord): boolean {
  return (
    (name !== undefined && name !== known.name) || (fields !== undefined && !isDeepStrictEqual(fields, known.fields))
  )
}

/** Sorted by id, so that two processes that write the same customers wait for each other but never deadlock. */
function valuesOf(batch: readonly (readonly [string, PendingUpdate])[]): unknown[] {
  const sorted = batch.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    sorted.map(([id]) => id),
    sorted.map(([, { at }]) => new Date(at)),
    sorted.map(([, { update }]) => update?.name ?? null),
    sorted.map(([, { update }]) => (update?.fields === undefined ? null : JSON.stringify(update.fields))),
    sorted.map(([, { update }]) => (update?.issuedAt === undefined ? null : new Date(update.issuedAt))),
    sorted.map(([, { update }]) => (update ? new Date(update.expiresAt) : null))
  ]
}
