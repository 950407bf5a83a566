import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { MINUTE_MS } from '../../lib/clock.ts'
import { EXACT_TYPES, ExactPrismaPg, withExactNumbers } from './exact-numbers.ts'
import { PrismaClient } from './generated/client.ts'
import type { Logger } from '../log/log.ts'
import { fitPooler } from './pooler.ts'

export { isUnavailable, isUniqueViolation } from './errors.ts'
export { jsonInput } from './exact-numbers.ts'
export { Prisma } from './generated/client.ts'
export type * from './generated/client.ts'

/** Connections of one process. With the default `max_connections` of 100, several processes fit. */
export const POOL_SIZE = 10
/** The server cancels a statement that runs longer. */
export const STATEMENT_TIMEOUT_MS = 15_000
/** A transaction of several statements is rolled back after this time. */
export const TRANSACTION_TIMEOUT_MS = 5_000
/** A query fails after this time if the server does not answer. */
export const QUERY_TIMEOUT_MS = 20_000
/** How long a caller waits for a connection of the pool, new or used. */
export const CONNECT_TIMEOUT_MS = 5_000
/** The server ends a transaction that is idle for this long, so that it does not keep its locks. */
export const IDLE_TRANSACTION_TIMEOUT_MS = 30_000
const IDLE_CONNECTION_MS = MINUTE_MS
/** How long closing the connections may take. */
const GOODBYE_MS = 1_000

export interface DatabaseOptions {
  url: string
  log?: Logger
  poolSize?: number
  statementTimeoutMs?: number
  transactionTimeoutMs?: number
  /**
   * Whether `url` leads to a pooler in transaction mode, which does not keep session settings and prepared statements.
   */
  pooled?: boolean
}

export interface Database {
  prisma: PrismaClient
  /**
   * The connections that `prisma` uses, for statements that must be cheap: `pool.query({ name, text, values })`
   * prepares a statement once for each connection.
   */
  pool: pg.Pool
  /**
   * Waits for running queries, and until the server has closed every connection, so that none is left if the server is
   * stopped next.
   */
  close(): Promise<void>
}

/**
 * Connects on the first query and reconnects after a restart of the server. Errors of an unavailable database satisfy
 * `isUnavailable`.
 */
export function openDatabase({
  url,
  log,
  poolSize = POOL_SIZE,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
  transactionTimeoutMs = TRANSACTION_TIMEOUT_MS,
  pooled = false
}: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'sluice',
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    keepAlive: true,
    types: EXACT_TYPES,
    query_timeout: Math.max(QUERY_TIMEOUT_MS, statementTimeoutMs),
    // Poolers refuse these settings at the start of a connection. `poolerWarnings` checks whether the pooler's sessions
    // have them.
    ...(pooled
      ? {}
      : {
          statement_timeout: statementTimeoutMs,
          idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS
        })
  })
  // The pool drops a lost connection, and its user gets the error from its query. Without a listener the error would
  // also end the process.
  pool.on('error', (error) => {
    // A connection that is being closed is not lost.
    if (!pool.ending) log?.warn({ err: error }, 'an idle database connection was lost')
  })
  const gone = new Map<pg.PoolClient, Promise<unknown>>()
  pool.on('connect', (client) => {
    if (pooled) fitPooler(client)
    client.on('error', () => {})
    gone.set(
      client,
      new Promise((resolve) => client.once('end', resolve)).finally(() => gone.delete(client))
    )
  })
  const prisma = withExactNumbers(
    new PrismaClient({
      adapter: new ExactPrismaPg(pool),
      errorFormat: 'minimal',
      transactionOptions: { timeout: transactionTimeoutMs }
    })
  )

  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect()
      // This resolves when the goodbyes are sent, which is before they arrive.
      await pool.end()
      await Promise.race([Promise.all(gone.values()), pause(GOODBYE_MS, undefined, { ref: false })])
    }
  }
}
