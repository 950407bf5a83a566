import type { Pool } from 'pg'
import { CredentialFault } from '../auth/authenticate.ts'
import type { Clock } from '../lib/clock.ts'
import { deleteBatches } from '../platform/db/delete-batches.ts'
import type { WorkerDirectory } from '../runs/engine.ts'
import type { Answer } from './respond.ts'

/** How long after the timeout of its flow a delivery is released, if its process cannot release it. */
const HOLD_MARGIN_MS = 60_000

export interface SignedDeliveryDeps {
  pool: Pool
  clock: Clock
  /** Tells whether the process that answers a delivery is alive. */
  workers: WorkerDirectory
}

/** A delivery whose signature is right. */
export interface SignedDelivery {
  listenerId: string
  /** Identifies the delivery: digests of its id, or of each right signature. */
  keys: readonly Buffer[]
  /** When it was signed, in milliseconds since 1970; undefined if the signature does not cover a time. */
  at: number | undefined
  /** How long it is remembered, in milliseconds. */
  keptMs: number
  /** How long its flow may take, in milliseconds. */
  timeoutMs: number
}

export interface SignedDeliveries {
  /**
   * Answers a delivery once. A delivery that was not answered with 2xx may come again.
   * @throws Fault `signature_replayed` for a delivery that was answered with 2xx or is being answered; `unavailable`;
   *   and those of `answer`
   */
  once(delivery: SignedDelivery, answer: () => Promise<Answer>): Promise<Answer>
}

const TAKE = `
  insert into signed_delivery (listener_id, key, worker_id, expires_at)
  select $1, sent.key, $3, $4 from unnest($2::bytea[]) as sent (key) order by sent.key
  on conflict (listener_id, key) do update set worker_id = excluded.worker_id, expires_at = excluded.expires_at
  where signed_delivery.expires_at <= $5 returning key`

const FIND = `
  select key, worker_id as "workerId" from signed_delivery where listener_id = $1 and key = any($2::bytea[])`

const TAKE_OVER = `
  update signed_delivery set worker_id = $4, expires_at = $5
   where listener_id = $1 and key = $2 and worker_id = $3 returning key`

const KEEP = `
  update signed_delivery set worker_id = null, expires_at = $4
   where listener_id = $1 and key = any($2::bytea[]) and worker_id = $3`

const FORGET = 'delete from signed_delivery where listener_id = $1 and key = any($2::bytea[]) and worker_id = $3'

/**
 * Recognizes repeated signed deliveries, across any number of processes. The row of a key is in one of these states:
 * - absent or expired: `TAKE` inserts or replaces it, and the call that succeeds is answered.
 * - held by a process: `worker_id` names it. The process marks the row as answered (`KEEP`) or deletes it (`FORGET`).
 *   If the process is gone, `TAKE_OVER` gives the row to the first call that still finds that process in it.
 * - answered: `worker_id` is null, until `expires_at`.
 */
export function createSignedDeliveries({ pool, clock, workers }: SignedDeliveryDeps): SignedDeliveries {
  const { workerId } = workers

  /** The keys that are now held for this call. */
  async function take({ listenerId, keys, timeoutMs, keptMs }: SignedDelivery): Promise<Buffer[]> {
    const now = clock.now()
    const until = new Date(now + Math.max(keptMs, timeoutMs + HOLD_MARGIN_MS))
    const { rows: taken } = await pool.query<{ key: Buffer }>({
      name: 'signed_delivery_take',
      text: TAKE,
      values: [listenerId, keys, workerId, until, new Date(now)]
    })
    const mine = taken.map(({ key }) => key)
    if (mine.length === keys.length) return mine
    const others = keys.filter((key) => !mine.some((one) => one.equals(key)))
    const { rows: held } = await pool.query<{ key: Buffer; workerId: number | null }>({
      name: 'signed_delivery_find',
      text: FIND,
      values: [listenerId, others]
    })
    for (const row of held) {
      if (row.workerId === null || row.workerId === workerId || !(await workers.isWorkerGone(row.workerId))) continue
      const { rows: over } = await pool.query<{ key: Buffer }>({
        name: 'signed_delivery_take_over',
        text: TAKE_OVER,
        values: [listenerId, row.key, row.workerId, workerId, until]
      })
      mine.push(...over.map(({ key }) => key))
    }
    return mine
  }

  /**
   * If this fails, the rows stay held until they expire: no delivery is answered twice, and the answer is not affected.
   */
  async function letGo(listenerId: string, keys: readonly Buffer[], keptUntil?: number): Promise<void> {
    if (keys.length === 0) return
    await pool
      .query(
        keptUntil === undefined
          ? { name: 'signed_delivery_forget', text: FORGET, values: [listenerId, keys, workerId] }
          : { name: 'signed_delivery_keep', text: KEEP, values: [listenerId, keys, workerId, new Date(keptUntil)] }
      )
      .catch(() => {})
  }

  return {
    async once(delivery, answer) {
      const { listenerId, keys, at, keptMs } = delivery
      const mine = await take(delivery)
      if (mine.length < keys.length) {
        await letGo(listenerId, mine)
        throw new CredentialFault('signature_replayed', { why: 'replayed_signature' }, { kind: 'signed' })
      }
      try {
        const made = await answer()
        const now = clock.now()
        // A signature whose time is in the near future stays valid for longer.
        const keptUntil = made.status >= 200 && made.status < 300 ? Math.max(now, at ?? now) + keptMs : undefined
        await letGo(listenerId, keys, keptUntil)
        return made
      } catch (error) {
        await letGo(listenerId, keys)
        throw error
      }
    }
  }
}

/** Deletes deliveries that have expired. */
export async function trimSignedDeliveries(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<void> {
  const expired = { table: 'signed_delivery', where: 'expires_at < $1', values: [new Date(clock.now())] }
  await deleteBatches(pool, expired, signal)
}
