import { setTimeout as pause } from 'node:timers/promises'
import { systemClock, type Clock } from '../../lib/clock.ts'
import type { Prisma } from './client.ts'
import { CHANNEL, listen } from './listen.ts'
import type { Logger } from '../log/log.ts'

/** PostgreSQL accepts payloads shorter than 8000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999
export const HEARTBEAT_MS = 1_000
export const SILENCE_MS = 2_000
export const RECONNECT_MIN_MS = 100
export const RECONNECT_MAX_MS = 5_000

/**
 * The state of the LISTEN connection of this process. Times are the clock's milliseconds.
 *
 * It is in one of four states; `run()` in {@link createNotifications} is the only code that moves it, and no state is
 * stored in the database:
 *
 * - connecting: from the start, or after a loss and a growing pause. `gapFreeSince()` is undefined, and caches trust a
 *   record only as long as `CACHE_MAX_STALE` says;
 * - connected: `listen()` has executed `listen` and received its own `pg_notify` back (`onListening`). No announcement
 *   is missed from `gapFreeSince` on, and each answer to its `select 1` (`onAlive`) moves `aliveAt` forward;
 * - lost: `listen()` threw, because the connection ended, or a query had no answer within `silenceMs`. The handlers
 *   receive `aliveAt`; announcements after it may be missed, so a cache must read again what it held since then;
 * - closed: `close()` aborted the signal. No handler is called any more.
 */
export type ConnectionState =
  /** No announcements arrive. Those up to `aliveAt` have arrived. */
  | { connected: false; aliveAt: number }
  /** Announcements arrive. Those between the last `aliveAt` and `gapFreeSince` may have been missed. */
  | { connected: true; gapFreeSince: number }

/** Announcements from every process on this database, over one connection of this process. */
export interface Notifications {
  /** Resolves at the first connection, or when closed. */
  ready(): Promise<void>
  /**
   * Calls `handler` with each key announced under `topic`, also by this process. Returns the function that
   * unsubscribes.
   */
  subscribe(topic: string, handler: (key: string) => void): () => void
  /** Calls `handler` at each loss and each (also the first) connection. Returns the function that unsubscribes. */
  onStateChange(handler: (state: ConnectionState) => void): () => void
  connected(): boolean
  /** The time since which no announcement was missed; undefined while not connected. */
  gapFreeSince(): number | undefined
  /** The time of the last proof, by an answer of the database, that every announcement has arrived; 0 = none yet. */
  aliveAt(): number
  close(): Promise<void>
}

export interface NotificationsOptions {
  /** A direct connection: LISTEN does not work through a pooler in transaction mode. */
  url: string
  log: Logger
  clock?: Clock
  heartbeatMs?: number
  /** A connection without an answer for this long is replaced. */
  silenceMs?: number
}

/** A Prisma client or transaction, or a `pg` pool or client. */
export type Announcer =
  Pick<Prisma.TransactionClient, '$executeRaw'> | { query(text: string, values: unknown[]): Promise<unknown> }

/**
 * Announces that the record named by `key` has changed. Inside a transaction the announcement is sent with the commit,
 * and not at all if the transaction fails.
 *
 * @throws {RangeError} if topic and key do not fit into one message
 */
export async function notify(announcer: Announcer, topic: string, key: string): Promise<void> {
  await notifyAll(announcer, [[topic, key]])
}

/**
 * Announces any number of changes with one statement, in their order. See {@link notify}.
 *
 * @throws {RangeError} if one of them does not fit into a message; then none is announced
 */
export async function notifyAll(
  announcer: Announcer,
  changes: readonly (readonly [topic: string, key: string])[]
): Promise<void> {
  if (changes.length === 0) return
  const payloads = changes.map(([topic, key]) => toPayload(topic, key))
  if ('$executeRaw' in announcer)
    await announcer.$executeRaw`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) payload`
  else await announcer.query('select pg_notify($1, payload) from unnest($2::text[]) payload', [CHANNEL, payloads])
}

function toPayload(topic: string, key: string): string {
  const payload = JSON.stringify({ topic, key })
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a notification of "${topic}" is longer than ${MAX_PAYLOAD_BYTES} bytes`)
  return payload
}

/** Opens the connection at once, and replaces a lost or silent one until `close()`. See {@link ConnectionState}. */
export function createNotifications(options: NotificationsOptions): Notifications {
  const { url, log, clock = systemClock, heartbeatMs = HEARTBEAT_MS, silenceMs = SILENCE_MS } = options
  const handlers = new Map<string, Set<(key: string) => void>>()
  const stateHandlers = new Set<(state: ConnectionState) => void>()
  const closing = new AbortController()
  const first = Promise.withResolvers<void>()
  let gapFreeSince: number | undefined
  let aliveAt = 0

  function changeState(state: ConnectionState): void {
    gapFreeSince = state.connected ? state.gapFreeSince : undefined
    for (const handle of stateHandlers) guarded(() => handle(state))
  }

  function deliver(payload: string): void {
    const message = readMessage(payload)
    if (message) handlers.get(message.topic)?.forEach((handle) => guarded(() => handle(message.key)))
    else log.warn({ bytes: payload.length }, 'a notification could not be read')
  }

  function guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      log.error({ err: error }, 'a handler of notifications failed')
    }
  }

  async function run(): Promise<void> {
    let waitMs = RECONNECT_MIN_MS
    while (!closing.signal.aborted) {
      try {
        await listen({
          url,
          heartbeatMs,
          silenceMs,
          signal: closing.signal,
          onPayload: deliver,
          onAlive: (beforeMs) => (aliveAt = clock.now() - beforeMs),
          onListening() {
            waitMs = RECONNECT_MIN_MS
            aliveAt = clock.now()
            changeState({ connected: true, gapFreeSince: aliveAt })
            first.resolve()
          }
        })
      } catch (error) {
        if (closing.signal.aborted) break
        log.warn({ err: error, retryInMs: waitMs }, 'no connection for notifications')
        if (gapFreeSince !== undefined) changeState({ connected: false, aliveAt })
      }
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => {})
      waitMs = Math.min(waitMs * 2, RECONNECT_MAX_MS)
    }
    gapFreeSince = undefined
    first.resolve()
  }

  const running = run()

  return {
    ready: () => first.promise,
    subscribe(topic, handler) {
      const known = handlers.get(topic) ?? new Set()
      handlers.set(topic, known.add(handler))
      return () => known.delete(handler)
    },
    onStateChange(handler) {
      stateHandlers.add(handler)
      return () => stateHandlers.delete(handler)
    },
    connected: () => gapFreeSince !== undefined,
    gapFreeSince: () => gapFreeSince,
    aliveAt: () => aliveAt,
    async close() {
      closing.abort()
      await running
    }
  }
}

function readMessage(payload: string): { topic: string; key: string } | undefined {
  try {
    const { topic, key } = JSON.parse(payload) as Record<string, unknown>
    return typeof topic === 'string' && typeof key === 'string' ? { topic, key } : undefined
  } catch {
    return undefined
  }
}
