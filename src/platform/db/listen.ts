import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

export const CHANNEL = 'sluice'

/** How long the protocol's goodbye may take before the socket is destroyed. */
const GOODBYE_MS = 500

export interface ListenOptions {
  url: string
  /** The pause between two heartbeat queries. */
  heartbeatMs: number
  /** A database that does not answer for this long counts as lost. */
  silenceMs: number
  signal: AbortSignal
  /** Called once, when a notification has arrived and proved that the connection works. */
  onListening(): void
  onPayload(payload: string): void
  /** Called after each heartbeat. It was sent `beforeMs` ago; announcements up to then have arrived. */
  onAlive(beforeMs: number): void
}

/**
 * Listens on one connection for as long as it lives.
 *
 * @throws (rejects with) the error that ended the connection: an error of the network or the database, silence, or the
 *   signal.
 */
export async function listen({
  url,
  heartbeatMs,
  silenceMs,
  signal,
  onListening,
  onPayload,
  onAlive
}: ListenOptions): Promise<never> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sluice notifications',
    keepAlive: true,
    connectionTimeoutMillis: silenceMs,
    query_timeout: silenceMs
  })
  const lost = Promise.withResolvers<never>()
  // Each wait races against it and gets the error. A loss between two waits must not end the process.
  lost.promise.catch(() => {})
  client.on('error', lost.reject)
  client.on('end', () => lost.reject(new Error('the connection ended')))
  const stop = (): void => lost.reject(new Error('stopped'))
  signal.addEventListener('abort', stop)
  const orLost = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, lost.promise])

  try {
    await orLost(client.connect())
    const greeting = JSON.stringify({ topic: 'hello', key: randomUUID() })
    const greeted = Promise.withResolvers<void>()
    client.on('notification', ({ payload = '' }) => (payload === greeting ? greeted.resolve() : onPayload(payload)))
    await orLost(client.query(`listen ${CHANNEL}`))
    // A pooler in transaction mode accepts a LISTEN and never delivers. Only a notification of its own proves delivery.
    await orLost(client.query('select pg_notify($1, $2)', [CHANNEL, greeting]))
    await orLost(Promise.race([greeted.promise, unheard(silenceMs)]))
    onListening()
    for (;;) {
      const askedAt = performance.now()
      await orLost(client.query('select 1'))
      onAlive(performance.now() - askedAt)
      await orLost(pause(heartbeatMs, undefined, { signal }))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await Promise.race([client.end(), pause(GOODBYE_MS, undefined, { ref: false })])
    client.connection.stream.destroy()
  }
}

async function unheard(afterMs: number): Promise<never> {
  await pause(afterMs, undefined, { ref: false })
  throw new Error('notifications do not arrive: is there a connection pooler in transaction mode before the database?')
}
