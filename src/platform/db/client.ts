import { setTimeout as pause } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { MINUTE_MS } from '../../lib/clock.ts'
import { PrismaClient } from './generated/client.ts'
import type { Logger } from '../log/log.ts'

export { isUnavailable, isUniqueViolation } from './errors.ts'
export { Prisma } from './generated/client.ts'
export type * from './generated/client.ts'

/** Connections of one process. With the default `max_connections` of 100 this leaves room for several processes. */
export const POOL_SIZE = 10
/** No statement of ours runs longer: the server cancels it. */
export const STATEMENT_TIMEOUT_MS = 15_000
/** When the server does not answer at all, the caller is told after this. */
export const QUERY_TIMEOUT_MS = 20_000
/** How long a caller waits for a connection of the pool, new or used. */
export const CONNECT_TIMEOUT_MS = 5_000
/** A transaction that its process forgot does not keep its locks longer. */
export const IDLE_TRANSACTION_TIMEOUT_MS = 30_000
const IDLE_CONNECTION_MS = MINUTE_MS
/** How long the goodbyes to the server may take. */
const GOODBYE_MS = 1_000

export interface DatabaseOptions {
  url: string
  log?: Logger
  poolSize?: number
  statementTimeoutMs?: number
}

export interface Database {
  prisma: PrismaClient
  /**
   * The same connections that `prisma` uses, for statements that must be cheap: `pool.query({ name, text, values })`
   * prepares once a connection.
   */
  pool: pg.Pool
  /**
   * Waits for the queries under way, and until the server has seen every connection go: what stops the server next
   * finds none of them.
   */
  close(): Promise<void>
}

/**
 * Connects on the first query, and again after a restart of the server. Errors of a lost database satisfy
 * `isUnavailable`.
 */
export function openDatabase({
  url,
  log,
  poolSize = POOL_SIZE,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS
}: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'sluice',
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    query_timeout: Math.max(QUERY_TIMEOUT_MS, statementTimeoutMs),
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS
  })
  // The pool drops a connection that is lost, and whoever uses it gets the error from its query. Without listeners it
  // would also end the process.
  pool.on('error', (error) => {
    // One that is on its way out is no loss.
    if (!pool.ending) log?.warn({ err: error }, 'an idle database connection was lost')
  })
  const gone = new Map<pg.PoolClient, Promise<unknown>>()
  pool.on('connect', (client) => {
    client.on('error', () => {})
    gone.set(
      client,
      new Promise((resolve) => client.once('end', resolve)).finally(() => gone.delete(client))
    )
  })
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })

  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect()
      // Resolves when the goodbyes are sent, not when they have arrived.
      await pool.end()
      await Promise.race([Promise.all(gone.values()), pause(GOODBYE_MS, undefined, { ref: false })])
    }
  }
}
