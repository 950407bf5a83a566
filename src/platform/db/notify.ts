import { setTimeout as pause } from 'node:timers/promises'
import { systemClock, type Clock } from '../../lib/clock.ts'
import type { Prisma } from './client.ts'
import { CHANNEL, listen } from './listen.ts'
import type { Logger } from '../log/log.ts'

/** PostgreSQL takes payloads shorter than 8000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999
export const HEARTBEAT_MS = 1_000
export const SILENCE_MS = 2_000
export const RECONNECT_MIN_MS = 100
export const RECONNECT_MAX_MS = 5_000

/** Times are the clock's milliseconds. */
export type ConnectionState =
  /** No news arrives; what was announced up to `aliveAt` did. */
  | { connected: false; aliveAt: number }
  /** News arrives again; what was announced between the last `aliveAt` and `gapFreeSince` was missed. */
  | { connected: true; gapFreeSince: number }

/** News from every process on this database, over one connection of this process. */
export interface Notifications {
  /** Resolves when news arrives for the first time, or when closed. */
  ready(): Promise<void>
  /** `handler` is called with each key announced under `topic`, also by this process. Returns how to stop. */
  subscribe(topic: string, handler: (key: string) => void): () => void
  /** Called at each loss and each return of the connection, the first included. Returns how to stop. */
  onStateChange(handler: (state: ConnectionState) => void): () => void
  connected(): boolean
  /** Since when no announcement was missed; `undefined` while some may be. */
  gapFreeSince(): number | undefined
  /** Until when everything announced is known to have arrived, because the database answered; 0 = never. */
  aliveAt(): number
  close(): Promise<void>
}

export interface NotificationsOptions {
  /** A direct connection: LISTEN does not work through a pooler in transaction mode. */
  url: string
  log: Logger
  clock?: Clock
  heartbeatMs?: number
  /** A connection that answers nothing for this long is given up. */
  silenceMs?: number
}

/** What can announce: a Prisma client or transaction, or a `pg` pool or client. */
export type Announcer =
  Pick<Prisma.TransactionClient, '$executeRaw'> | { query(text: string, values: unknown[]): Promise<unknown> }

/**
 * Announces that what `key` names has changed. Inside a transaction it is sent with the commit, and not at all where that fails.
 *
 * @throws RangeError where topic and key do not fit into one message.
 */
export async function notify(announcer: Announcer, topic: string, key: string): Promise<void> {
  const payload = JSON.stringify({ topic, key })
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a notification of "${topic}" is longer than ${MAX_PAYLOAD_BYTES} bytes`)
  if ('$executeRaw' in announcer) await announcer.$executeRaw`select pg_notify(${CHANNEL}, ${payload})`
  else await announcer.query('select pg_notify($1, $2)', [CHANNEL, payload])
}

/** Connects at once; a lost or silent connection is replaced until `close()`. */
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
