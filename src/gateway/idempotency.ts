import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import { parseJson } from '../lib/exact-json.ts'
import { Fault, type FaultCode } from '../lib/fault.ts'
import { createHeldAmounts } from '../lib/held-amounts.ts'
import { newTimedId } from '../lib/ids.ts'
import type { Keyring, SealedPlace } from '../lib/keyring.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'
import type { WorkerDirectory } from '../runs/engine.ts'
import { isAnonymous } from './idempotency-key.ts'
import { type Kept, plainFault, restored, storable } from './kept-answer.ts'
import type { Answer } from './respond.ts'

/** How long the first answer is kept and repeated. */
export const IDEMPOTENCY_SECONDS = 24 * 60 * 60
/** The most answers that are kept, for each listener and for all listeners of a workspace. */
export const IDEMPOTENCY_LIMITS = Object.freeze({
  listener: { answers: 10_000, bytes: 64 * 1024 * 1024 },
  workspace: { answers: 50_000, bytes: 256 * 1024 * 1024 }
})
/** The share of these limits that callers without a credential may use. The rest is left to callers with one. */
const ANONYMOUS_PART = 0.5
const AMOUNT_AGE_MS = 10_000
const FULL_RETRY_AFTER_MS = 60_000
const POLL_MS = 100
/** The errors that are kept as the answer. After any other error, a repetition makes the call again. */
const KEPT: ReadonlySet<FaultCode> = new Set(['flow_failed', 'validation_failed'])

export interface IdempotencyDeps {
  pool: Pool
  keyring: Keyring
  clock: Clock
  /** Tells whether the process that makes a call is alive. */
  workers: WorkerDirectory
  limits?: Readonly<Record<keyof typeof IDEMPOTENCY_LIMITS, { answers: number; bytes: number }>>
}

/** A call with an `Idempotency-Key`. */
export interface KeyedCall {
  workspaceId: string
  listenerId: string
  principal: string
  key: string
  digest: Buffer
  /** How long a simultaneous repetition waits for the first answer. */
  retryForMs: number
  /** Called with the run of the first call, before its answer is repeated. */
  onRun(runId: string): void
}

type MakeAnswer = (runId: string, again: boolean) => Promise<Answer>

export interface Idempotency {
  /**
   * Makes a call once. A repetition gets the first answer, and a simultaneous one waits for it. If the process that
   * makes the call dies, a repetition makes the call again as the same run.
   * @param make makes the call as the run with the given id; `again` is true if a dead process may have started it
   * @throws Fault `rate_limited` if no further answer can be kept; `conflict` for a key that was used with a different
   * call, or whose call is still in progress after `retryForMs`; and the faults of the first call
   */
  once(call: KeyedCall, make: MakeAnswer): Promise<Answer>
}

interface Row {
  digest: Buffer
  runId: string
  workerId: number
  answer: string | null
}

const BY_KEY = 'listener_id = $1 and principal = $2 and key = $3'

const RESERVE = `
  insert into idempotent_call (listener_id, principal, key, digest, run_id, worker_id, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (listener_id, principal, key) do update
    set digest = excluded.digest, run_id = excluded.run_id, worker_id = excluded.worker_id,
      expires_at = excluded.expires_at, answer = null
  where idempotent_call.expires_at <= $8 returning run_id as "runId"`

const FIND = `
  select digest, run_id as "runId", worker_id as "workerId", answer from idempotent_call
  where ${BY_KEY} and expires_at > $4`

const HELD =
  'select count(*)::int as answers, coalesce(sum(octet_length(answer)), 0)::float8 as bytes from idempotent_call'

const TAKE_OVER = `
  update idempotent_call set worker_id = $5
  where ${BY_KEY} and worker_id = $4 and answer is null
  returning run_id as "runId"`

/**
 * Makes each keyed call once, over any number of processes. The row of a key is in one of these states:
 * - absent or expired: `RESERVE` inserts or replaces it, and the caller that succeeds makes the call.
 * - reserved by a process: `answer` is null. Its holder writes the answer (`idempotent_keep`), or deletes the row after
 *   an error that is no answer (`idempotent_forget`). If the holder is gone, `TAKE_OVER` gives the row to the caller
 *   that still finds the old holder in it, and that caller repeats the call as the same run.
 * - answered: `answer` is set, and every repetition gets it until `expires_at`.
 */
export function createIdempotency(deps: IdempotencyDeps): Idempotency {
  const { pool, keyring, clock, workers, limits = IDEMPOTENCY_LIMITS } = deps
  const amounts = (scope: keyof typeof IDEMPOTENCY_LIMITS, condition: string) =>
    createHeldAmounts({
      clock,
      maxAgeMs: AMOUNT_AGE_MS,
      async read(id) {
        const { rows } = await pool.query<{ answers: number; bytes: number }>({
          name: `idempotent_held_by_${scope}`,
          text: `${HELD} where ${condition} and expires_at > $2`,
          values: [id, new Date(clock.now())]
        })
        return rows[0] ?? { answers: 0, bytes: 0 }
      }
    })
  const held = {
    listener: amounts('listener', 'listener_id = $1'),
    workspace: amounts('workspace', 'listener_id in (select id from listener where workspace_id = $1)')
  }
  const nameOf = ({ listenerId, principal, key }: KeyedCall): [string, string, string] => [listenerId, principal, key]
  const placeOf = (call: KeyedCall): SealedPlace => ({
    table: 'idempotent_call',
    row: JSON.stringify(nameOf(call)),
    column: 'answer'
  })

  /** The fault if no further answer can be kept; undefined if there is room. */
  async function refusalOf(call: KeyedCall): Promise<Fault | undefined> {
    const part = isAnonymous(call.principal) ? ANONYMOUS_PART : 1
    for (const [scope, id] of scopesOf(call)) {
      const { answers, bytes } = await held[scope].of(id)
      const limit = limits[scope]
      if (answers < limit.answers * part && bytes < limit.bytes * part) continue
      return new Fault('rate_limited', {
        why: 'too_many_idempotent_answers',
        detail:
          `The answers kept for calls with an Idempotency-Key have reached the limit of the ${scope}: ` +
          'call without the header, or later.',
        headers: queueFullHeaders(`idempotent-answers-${scope}`, limit.answers, FULL_RETRY_AFTER_MS)
      })
    }
    return undefined
  }

  /** The id of the run to make the call as; undefined if another process makes the call. */
  async function reserve(call: KeyedCall): Promise<string | undefined> {
    const now = clock.now()
    const values = [
      ...nameOf(call),
      call.digest,
      newTimedId('run'),
      workers.workerId,
      new Date(now + IDEMPOTENCY_SECONDS * 1000),
      new Date(now)
    ]
    return (await pool.query<{ runId: string }>({ name: 'idempotent_reserve', text: RESERVE, values })).rows[0]?.runId
  }

  async function findFirst(call: KeyedCall): Promise<Kept | { mine: string } | 'absent' | undefined> {
    const {
      rows: [row]
    } = await pool.query<Row>({ name: 'idempotent_find', text: FIND, values: [...nameOf(call), new Date(clock.now())] })
    if (!row) return 'absent'
    if (!row.digest.equals(call.digest))
      throw new Fault('conflict', {
        why: 'idempotency_key_reused',
        detail: 'This Idempotency-Key was used with a different request.'
      })
    if (row.answer !== null) return restored(parseJson(keyring.open(row.answer, placeOf(call)).reveal()) as Kept)
    if (!(await workers.isWorkerGone(row.workerId))) return undefined
    const {
      rows: [taken]
    } = await pool.query<{ runId: string }>({
      name: 'idempotent_take_over',
      text: TAKE_OVER,
      values: [...nameOf(call), row.workerId, workers.workerId]
    })
    return taken && { mine: taken.runId }
  }

  async function keep(call: KeyedCall, kept: Kept): Promise<void> {
    const answer = keyring.seal(JSON.stringify(storable(kept)), placeOf(call))
    await pool.query({
      name: 'idempotent_keep',
      text: `update idempotent_call set answer = $4 where ${BY_KEY} and run_id = $5`,
      values: [...nameOf(call), answer, kept.runId]
    })
    for (const [scope, id] of scopesOf(call)) held[scope].add(id, { bytes: answer.length })
  }

  async function makeIt(call: KeyedCall, runId: string, again: boolean, make: MakeAnswer): Promise<Answer> {
    try {
      const answer = await make(runId, again)
      await keep(call, { runId, answer })
      return answer
    } catch (error) {
      if (error instanceof Fault && KEPT.has(error.code)) await keep(call, { runId, fault: plainFault(error) })
      else
        await pool
          .query({
            name: 'idempotent_forget',
            text: `delete from idempotent_call where ${BY_KEY} and run_id = $4 and answer is null`,
            values: [...nameOf(call), runId]
          })
          .catch(() => {})
      throw error
    }
  }

  return {
    async once(call, make) {
      for (const end = performance.now() + call.retryForMs; ;) {
        const refusal = await refusalOf(call)
        const runId = refusal ? undefined : await reserve(call)
        if (runId !== undefined) {
          for (const [scope, id] of scopesOf(call)) held[scope].add(id, { answers: 1 })
          return makeIt(call, runId, false, make)
        }
        // An answer that is kept already is repeated, even if there is no room for further ones.
        const found = await findFirst(call)
        if (found === 'absent' && refusal) throw refusal
        const first = found === 'absent' ? undefined : found
        if (first && 'mine' in first) return makeIt(call, first.mine, true, make)
        if (first) {
          call.onRun(first.runId)
          if ('fault' in first) throw new Fault(first.fault.code, first.fault)
          return first.answer
        }
        if (performance.now() > end)
          throw new Fault('conflict', {
            why: 'idempotent_call_under_way',
            detail: 'The first request with this Idempotency-Key is still in progress.',
            headers: { 'Retry-After': '1' }
          })
        await sleep(POLL_MS)
      }
    }
  }
}

function scopesOf({ listenerId, workspaceId }: KeyedCall): (readonly [keyof typeof IDEMPOTENCY_LIMITS, string])[] {
  return [
    ['listener', listenerId],
    ['workspace', workspaceId]
  ]
}
