import type { Pool } from 'pg'
import { type Clock, HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import { isUnavailable } from '../platform/db/client.ts'
import { type Egress, EgressError } from '../platform/egress/index.ts'
import type { Logger } from '../platform/log/log.ts'
import { signatureHeaders, sinkSecretPlace } from './sign.ts'

export const DELIVERY_LIMITS = Object.freeze({
  /** How often a process looks for deliveries that are due. */
  pollMs: 1_000,
  /** How long a sink may take to answer. */
  timeoutMs: 10_000,
  /** After this an attempt counts as lost with its process, and is repeated. Longer than an attempt can take. */
  leaseMs: 60_000,
  /** Attempts that one process makes at the same time. */
  concurrency: 20,
  /** The part of these that one workspace may use: a sink that hangs does not delay other workspaces. */
  workspaceConcurrency: 4,
  /** The largest answer of a sink. Its content is ignored. */
  responseBytes: 64 * 1024
})

/** Rows that one claim examines. */
const LOOK_AHEAD = 1_000

/**
 * Claims the events that have been due for longest, one of each workspace at a time. The lock on a row lasts for the
 * claim only; the lease in `next_attempt_at` keeps other processes off during the attempt.
 */
const CLAIM = `
  with waiting as (
    select id, workspace_id, next_attempt_at from outbox_event
     where next_attempt_at <= $1 and workspace_id <> all ($2::text[])
       and not exists (select from workspace w where w.id = workspace_id and w.suspended_at is not null)
     order by next_attempt_at limit ${LOOK_AHEAD}),
  first as (select distinct on (workspace_id) id from waiting order by workspace_id, next_attempt_at, id),
  due as (
    select id, workspace_id from outbox_event join first using (id)
     where next_attempt_at <= $1 order by next_attempt_at limit $3 for update of outbox_event skip locked)
  update outbox_event e
     set attempts = e.attempts + 1, next_attempt_at = case when s.url is null then null else $4::timestamptz end
    from due left join event_sink s using (workspace_id)
   where e.id = due.id
  returning e.id, e.workspace_id as "workspaceId", e.event::text as body, e.attempts, s.url, s.secret`

// Writes only for the attempt that holds the lease: a slow process must not undo what a later attempt has written.
const FINISH = `
  update outbox_event set next_attempt_at = $3, delivered_at = $4, failure = $5
   where id = $1 and attempts = $2 and next_attempt_at is not null`

interface Claimed {
  id: string
  workspaceId: string
  /** The event as JSON. */
  body: string
  attempts: number
  url: string | null
  secret: string
}

export interface Deliveries {
  /** Starts the deliveries that are due now, and not at the next poll. */
  wake(): void
  /** Starts the deliveries that are due, and waits for all running ones. */
  run(): Promise<void>
  /** Starts no more deliveries and aborts the running ones, which another process repeats. */
  close(): Promise<void>
}

export interface DeliveryDeps {
  pool: Pool
  egress: Egress
  keyring: Keyring
  clock: Clock
  log: Pick<Logger, 'error'>
  random?(): number
}

/**
 * Delivers events to the sinks of their workspaces: at least once, in no order, each by one process at a time.
 *
 * The delivery of an event is in one of these states:
 * - none: the workspace had no sink when the event was emitted (`INSERT` in emit.ts). Final.
 * - pending: `next_attempt_at` is in the past or the future. `INSERT` in emit.ts, or `FINISH` after a failed attempt.
 *   Those of a suspended workspace wait.
 * - leased: an attempt is running, and `next_attempt_at` is the end of its lease. `CLAIM` moves the event here; when
 * the
 *   process dies the lease expires, and the event is pending again.
 * - delivered: `delivered_at` is set by `FINISH`. Final.
 * - failed: `failure` is set without a next attempt, by `FINISH` after the last attempt or by `deleteSink`. Final.
 * @example
 * const deliveries = createDeliveries({ pool, egress, keyring, clock, log })
 * const emit = createEmit({ pool, clock, onEmitted: () => deliveries.wake() })
 */
export function createDeliveries(deps: DeliveryDeps): Deliveries {
  const { pool, clock, random = Math.random } = deps
  const running = new Map<Promise<void>, string>()
  const stop = new AbortController()
  let claiming: Promise<void> | undefined
  let again = false
  const timer = setInterval(wake, DELIVERY_LIMITS.pollMs).unref()

  function fullWorkspaces(): string[] {
    const counts = new Map<string, number>()
    for (const workspaceId of running.values()) counts.set(workspaceId, (counts.get(workspaceId) ?? 0) + 1)
    return [...counts]
      .filter(([, count]) => count >= DELIVERY_LIMITS.workspaceConcurrency)
      .map(([workspaceId]) => workspaceId)
  }

  async function claim(): Promise<void> {
    for (;;) {
      const free = DELIVERY_LIMITS.concurrency - running.size
      if (free <= 0 || stop.signal.aborted) return
      const now = clock.now()
      const { rows } = await pool.query<Claimed>({
        name: 'event_claim',
        text: CLAIM,
        values: [new Date(now), fullWorkspaces(), free, new Date(now + DELIVERY_LIMITS.leaseMs)]
      })
      if (rows.length === 0) return
      for (const claimed of rows) start(claimed)
    }
  }

  function start(claimed: Claimed): void {
    const delivery = deliver(claimed)
      .catch((error: unknown) => {
        if (!isUnavailable(error))
          deps.log.error({ err: error, event: claimed.id }, 'the result of a delivery could not be written')
      })
      .finally(() => {
        running.delete(delivery)
        wake()
      })
    running.set(delivery, claimed.workspaceId)
  }

  async function deliver(claimed: Claimed): Promise<void> {
    if (claimed.url === null) return
    const failure = await attempt(claimed, claimed.url)
    if (stop.signal.aborted && failure !== undefined) return
    const now = clock.now()
    const delay = failure === undefined ? undefined : retryDelayMs(claimed.attempts, random())
    const next = delay === undefined ? null : new Date(now + delay)
    await pool.query({
      name: 'event_finish',
      text: FINISH,
      values: [claimed.id, claimed.attempts, next, failure === undefined ? new Date(now) : null, failure ?? null]
    })
  }

  function openSecret(sealed: string, workspaceId: string): Secret | undefined {
    try {
      return deps.keyring.open(sealed, sinkSecretPlace(workspaceId))
    } catch (error) {
      deps.log.error({ err: error, workspaceId }, 'the secret of an event sink cannot be opened')
      return undefined
    }
  }

  /** Makes one attempt. Returns why it failed; undefined where it succeeded. */
  async function attempt({ id, workspaceId, body, secret }: Claimed, url: string): Promise<string | undefined> {
    const key = openSecret(secret, workspaceId)
    if (!key) return 'the secret of the sink cannot be opened: set the sink anew'
    const headers = signatureHeaders(key, id, Math.floor(clock.now() / 1000), body)
    try {
      const { status } = await deps.egress.request({
        method: 'POST',
        url,
        body,
        signal: stop.signal,
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...headers },
        totalTimeoutMs: DELIVERY_LIMITS.timeoutMs,
        maxResponseBytes: DELIVERY_LIMITS.responseBytes
      })
      return status >= 200 && status < 300 ? undefined : `it was answered with status ${status}`
    } catch (error) {
      if (error instanceof EgressError) return error.message
      throw error
    }
  }

  function wake(): void {
    if (stop.signal.aborted) return
    // A claim that is running may have missed an event that was emitted just now.
    if (claiming) {
      again = true
      return
    }
    claiming = claim()
      .catch((error: unknown) => {
        if (!isUnavailable(error)) deps.log.error({ err: error }, 'deliveries could not be claimed')
      })
      .finally(() => {
        claiming = undefined
        if (!again) return
        again = false
        wake()
      })
  }

  async function idle(): Promise<void> {
    while (claiming || running.size > 0) {
      await claiming
      await Promise.all(running.keys())
    }
  }

  return {
    wake,
    async run() {
      wake()
      await idle()
    },
    async close() {
      clearInterval(timer)
      stop.abort()
      await idle()
    }
  }
}

/** Delays after failed attempts: about a day and a half in total, as Standard Webhooks recommends. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS
] as const

export const MAX_ATTEMPTS = DELAYS_MS.length + 1

/** Spreads the retries of attempts that failed together. */
const JITTER = 0.2

/**
 * The delay before the next attempt, in milliseconds; undefined after the last one.
 * @param attempts failed ones so far
 * @param random 0 ≤ x < 1
 */
export function retryDelayMs(attempts: number, random: number): number | undefined {
  const delay = DELAYS_MS[attempts - 1]
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random))
}
