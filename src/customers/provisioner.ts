import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import type { Changes } from '../platform/db/changes.ts'
import { notify } from '../platform/db/notify.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { Clock } from '../lib/clock.ts'
import { createFlusher } from '../lib/flusher.ts'
import { externalKey, type CustomerRecord } from './customer-cache.ts'
import { createMeetings } from './provision.ts'
import { followSql, isNewer, type Sighting } from './token-claims.ts'

export const FOLLOW_FLUSH_MS = 1_000
/** Customers whose news wait to be written. Past it the oldest wait no longer, and are counted. */
export const FOLLOW_MAX_WAITING = 50_000
const ROWS_AT_ONCE = 1_000

/** Keeps customers up with their tokens: a new customer, and what a new token says differently, at once; when they were last active, in batches. */
export interface Follower {
  /** The customer of a token that was just verified. Undefined where its workspace has gone. @throws (rejects with) Fault `conflict`, `rate_limited` where there is no room for a new one */
  meet(sighting: Sighting): Promise<CustomerRecord | undefined>
  /** A customer called, with a token that said nothing new. Never waits and never throws. */
  active(customerId: string): void
  /** Writes what waits. Reading a customer right after its call finds what its token said. */
  flush(): Promise<void>
  stats(): { waiting: number; dropped: number; written: number }
  close(): Promise<void>
}

export interface FollowerDeps {
  pool: Pool
  changes: Changes
  customers: RecordCache<CustomerRecord>
  clock: Clock
  onError(error: unknown): void
}

interface News {
  at: number
  sighting: Sighting | undefined
}

const COLUMNS = [
  'id text',
  'last_active_at timestamptz',
  'name text',
  'fields json',
  'token_issued_at timestamptz',
  'token_expires_at timestamptz'
].map((column) => column.split(' ') as [string, string])

const FOLLOW = `
  update customer c set ${followSql('s', 'c')}
    from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) as s(${COLUMNS.map(([name]) => name).join(', ')})
    join customer before on before.id = s.id
   where c.id = s.id
  returning c.id, c.workspace_id, c.external_id, (before.name is distinct from c.name or before.fields::text is distinct from c.fields::text) as changed`

export function createFollower(deps: FollowerDeps): Follower {
  const meetings = createMeetings(deps)
  const meeting = new Map<string, Promise<CustomerRecord | undefined>>()
  let news = new Map<string, News>()
  let dropped = 0
  let written = 0

  const flusher = createFlusher({
    everyMs: FOLLOW_FLUSH_MS,
    isEmpty: () => news.size === 0,
    write,
    onError: deps.onError
  })

  function note(customerId: string, { at, sighting }: News): void {
    const known = news.get(customerId)
    if (known) {
      known.at = Math.max(known.at, at)
      if (sighting && (!known.sighting || isNewer(sighting, known.sighting))) known.sighting = sighting
    } else {
      news.set(customerId, { at, sighting })
      if (news.size > FOLLOW_MAX_WAITING) {
        const [oldest] = news.keys()
        if (oldest !== undefined) news.delete(oldest)
        dropped++
      }
    }
    flusher.soon()
  }

  async function write(): Promise<void> {
    while (news.size > 0) {
      const batch = [...news].slice(0, ROWS_AT_ONCE)
      for (const [id] of batch) news.delete(id)
      try {
        const { rows } = await deps.pool.query<{
          id: string
          workspace_id: string
          external_id: string
          changed: boolean
        }>({ name: 'customers_follow', text: FOLLOW, values: valuesOf(batch) })
        written += rows.length
        for (const row of rows.filter(({ changed }) => changed)) {
          await notify(deps.pool, 'customer', row.id)
          await notify(deps.pool, 'customer', externalKey(row.workspace_id, row.external_id))
        }
      } catch (error) {
        // What came in the meantime is newer, and stays so.
        const later = news
        news = new Map(batch)
        for (const [id, entry] of later) note(id, entry)
        throw error
      }
    }
  }

  async function meet(sighting: Sighting): Promise<CustomerRecord | undefined> {
    const key = externalKey(sighting.workspaceId, sighting.externalId)
    const known = await deps.customers.get(key)
    // Who is known is never turned away: where many are being met, its news wait with the others'.
    if (
      known &&
      (!saysOtherwise(sighting, known) || isOutdated(known.id, sighting) || meetings.isFull(sighting.workspaceId))
    ) {
      note(known.id, { at: deps.clock.now(), sighting })
      return known
    }
    // Of many who bring the same new customer at the same moment, one makes it.
    const underWay = meeting.get(key)
    if (underWay) {
      await underWay
      return meet(sighting)
    }
    const flight = meetings.meet(sighting).finally(() => meeting.delete(key))
    meeting.set(key, flight)
    return flight
  }

  /** Whether a newer token's word is waiting to be written. */
  function isOutdated(customerId: string, sighting: Sighting): boolean {
    const waiting = news.get(customerId)?.sighting
    return waiting !== undefined && !isNewer(sighting, waiting)
  }

  return {
    meet,
    active: (customerId) => note(customerId, { at: deps.clock.now(), sighting: undefined }),
    flush: flusher.now,
    stats: () => ({ waiting: news.size, dropped, written }),
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}

/** What it leaves out it does not deny. */
function saysOtherwise({ name, fields }: Sighting, known: CustomerRecord): boolean {
  return (
    (name !== undefined && name !== known.name) || (fields !== undefined && !isDeepStrictEqual(fields, known.fields))
  )
}

/** In the order of ids, so that two processes that write the same customers wait for each other instead of blocking each other. */
function valuesOf(batch: readonly (readonly [string, News])[]): unknown[] {
  const sorted = batch.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    sorted.map(([id]) => id),
    sorted.map(([, { at }]) => new Date(at)),
    sorted.map(([, { sighting }]) => sighting?.name ?? null),
    sorted.map(([, { sighting }]) => (sighting?.fields === undefined ? null : JSON.stringify(sighting.fields))),
    sorted.map(([, { sighting }]) => (sighting?.issuedAt === undefined ? null : new Date(sighting.issuedAt))),
    sorted.map(([, { sighting }]) => (sighting ? new Date(sighting.expiresAt) : null))
  ]
}
