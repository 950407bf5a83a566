import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import { createWakeLoop } from '../lib/wake-loop.ts'
import { isUnavailable } from '../platform/db/client.ts'
import { type Egress, EgressError } from '../platform/egress/index.ts'
import type { Logger } from '../platform/log/log.ts'
import { type Claimed, claimDeliveries, finishDelivery } from './claim.ts'
import { retryDelayMs } from './retry.ts'
import { signatureHeaders } from './sign.ts'
import { formerSinkSecretPlace, sinkSecretPlace } from './sinks/sink.ts'

export const DELIVERY_LIMITS = Object.freeze({
  /** How often a process looks for deliveries that are due. */
  pollMs: 1_000,
  /** How long a sink may take to answer. */
  timeoutMs: 10_000,
  /**
   * After this time an attempt counts as lost with its process, and is repeated. It is longer than an attempt can take.
   */
  leaseMs: 60_000,
  /** Attempts that one process makes at the same time. */
  concurrency: 100,
  /** The most concurrent attempts for one sink, so that a sink that hangs does not delay the others. */
  sinkConcurrency: 2,
  /** The largest answer of a sink. Its content is ignored. */
  responseBytes: 64 * 1024
})

export interface Deliveries {
  /** Starts the deliveries that are due, without waiting for the next poll. */
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
  /** Called for each delivery that has failed for good. */
  onFailed?(delivery: FailedDelivery): void
}

export interface FailedDelivery extends Pick<Claimed, 'workspaceId' | 'sinkId' | 'eventId' | 'type'> {
  failure: string
}

/**
 * Delivers events to the sinks of their workspaces: at least once, in no particular order, each by one process at a
 * time. Sinks are independent of each other.
 *
 * The delivery of an event to a sink is in one of these states:
 * - none: no row. When the event was emitted, the sink did not exist, was off, or named other types. Final.
 * - pending: `next_attempt_at` is set. `STORE` in emit.ts, `finishDelivery` after a failed attempt, and `REDELIVER` in
 *   redeliver.ts move the delivery here. Deliveries of a suspended workspace wait.
 * - leased: an attempt is running, and `next_attempt_at` is the end of its lease. `claimDeliveries` moves the delivery
 *   here; when the process dies the lease expires, and the delivery is pending again.
 * - delivered: `delivered_at` is set by `finishDelivery`. Final until somebody sends the event again.
 * - failed: `failure` is set without a next attempt, by `finishDelivery` after the last attempt, or by `giveUp` and
 *   `claimDeliveries` if the sink is removed or off. Final until somebody sends the event again.
 * @example
 * const deliveries = createDeliveries({ pool, egress, keyring, clock, log })
 * const emit = createEmit({ pool, clock, onEmitted: () => deliveries.wake() })
 */
export function createDeliveries(deps: DeliveryDeps): Deliveries {
  const { pool, clock, random = Math.random } = deps
  /** The attempts under way, and the sink of each. */
  const running = new Map<Promise<void>, string>()
  const stop = new AbortController()
  const claims = createWakeLoop({
    everyMs: DELIVERY_LIMITS.pollMs,
    work: claim,
    onError(error) {
      if (!isUnavailable(error)) deps.log.error({ err: error }, 'deliveries could not be claimed')
    }
  })

  function fullSinks(): string[] {
    const counts = new Map<string, number>()
    for (const sinkId of running.values()) counts.set(sinkId, (counts.get(sinkId) ?? 0) + 1)
    return [...counts].filter(([, count]) => count >= DELIVERY_LIMITS.sinkConcurrency).map(([sinkId]) => sinkId)
  }

  async function claim(): Promise<void> {
    for (;;) {
      const free = DELIVERY_LIMITS.concurrency - running.size
      if (free <= 0 || stop.signal.aborted) return
      const rows = await claimDeliveries(pool, {
        now: clock.now(),
        without: fullSinks(),
        limit: free,
        leaseMs: DELIVERY_LIMITS.leaseMs
      })
      if (rows.length === 0) return
      for (const claimed of rows) start(claimed)
    }
  }

  function start(claimed: Claimed): void {
    const delivery = deliver(claimed)
      .catch((error: unknown) => {
        if (!isUnavailable(error))
          deps.log.error({ err: error, event: claimed.eventId }, 'the result of a delivery could not be written')
      })
      .finally(() => {
        running.delete(delivery)
        claims.wake()
      })
    running.set(delivery, claimed.sinkId)
  }

  async function deliver(claimed: Claimed): Promise<void> {
    if (claimed.gone !== null) return
    const failure = await attempt(claimed)
    if (stop.signal.aborted && failure !== undefined) return
    const now = clock.now()
    const delay = failure === undefined ? undefined : retryDelayMs(claimed.attemptsNow, random())
    const written = await finishDelivery(pool, claimed, { now, nextInMs: delay, failure })
    if (written && failure !== undefined && delay === undefined) deps.onFailed?.({ ...claimed, failure })
  }

  function openSecrets({ sinkId, workspaceId, secret, formerSecret }: Claimed): Secret[] | undefined {
    try {
      return [
        deps.keyring.open(secret, sinkSecretPlace(workspaceId)),
        ...(formerSecret === null ? [] : [deps.keyring.open(formerSecret, formerSinkSecretPlace(workspaceId))])
      ]
    } catch (error) {
      deps.log.error({ err: error, sinkId, workspaceId }, 'the secret of an event sink cannot be opened')
      return undefined
    }
  }

  /** Makes one attempt. Returns why it failed; undefined if it succeeded. */
  async function attempt(claimed: Claimed): Promise<string | undefined> {
    const secrets = openSecrets(claimed)
    if (!secrets) return 'the secret of the sink cannot be decrypted: rotate it without overlap'
    const { eventId, body, url } = claimed
    const headers = signatureHeaders(secrets, eventId, Math.floor(clock.now() / 1000), body)
    try {
      const { status } = await deps.egress.request({
        method: 'POST',
        url,
        body,
        signal: stop.signal,
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...headers },
        // Receivers recognize a repeated event by its id.
        mayRepeat: () => true,
        totalTimeoutMs: DELIVERY_LIMITS.timeoutMs,
        maxResponseBytes: DELIVERY_LIMITS.responseBytes
      })
      return status >= 200 && status < 300 ? undefined : `it was answered with status ${status}`
    } catch (error) {
      if (error instanceof EgressError) return error.message
      throw error
    }
  }

  async function idle(): Promise<void> {
    while (claims.isWorking || running.size > 0) {
      await claims.idle()
      await Promise.all(running.keys())
    }
  }

  return {
    wake: claims.wake,
    async run() {
      claims.wake()
      await idle()
    },
    async close() {
      claims.stop()
      stop.abort()
      await idle()
    }
  }
}
