/** SQLSTATE classes and codes of a database that cannot serve any query now (PostgreSQL manual, appendix A). */
const UNAVAILABLE_STATES = [
  /^08/, // connection exception
  /^53/, // insufficient resources: too many connections, disk full, out of memory
  /^57P0[1-5]$/, // shutting down, crashed, starting up, database dropped, idle session ended
  /^57014$/, // cancelled, here by statement_timeout
  /^55P03$/, // lock_timeout
  /^25P0[34]$/, // idle_in_transaction_session_timeout, transaction_timeout
  /^25006$/ // read-only: this server has become a standby
]

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL'
])

/**
 * Prisma's codes for: not reachable, timed out, connection closed, pool timeout, transaction not started or timed out,
 * too many connections.
 */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'])

/** The kinds of error that @prisma/adapter-pg reports for lost connections. */
const ADAPTER_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])

/** Messages of pg's errors without a code. */
const PG_MESSAGES = [
  /^timeout exceeded when trying to connect$/,
  /^Connection terminated/,
  /^Query read timeout$/,
  /^Client has encountered a connection error and is not queryable$/,
  /^Client was closed and is not queryable$/,
  /^Cannot use a pool after calling end on the pool$/
]

/**
 * Whether the database was unavailable: down, restarting, full or too slow. A later attempt may succeed; the error says
 * nothing about the data.
 */
export function isUnavailable(error: unknown): boolean {
  return some(
    error,
    ({ code, kind, message }) =>
      (typeof code === 'string' &&
        (SOCKET_CODES.has(code) || PRISMA_CODES.has(code) || UNAVAILABLE_STATES.some((state) => state.test(code)))) ||
      (typeof kind === 'string' && ADAPTER_KINDS.has(kind)) ||
      (typeof message === 'string' && PG_MESSAGES.some((pattern) => pattern.test(message)))
  )
}

/** Whether a row violated a unique key, in Prisma (P2002) or in a raw statement (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return some(error, ({ code, kind }) => code === 'P2002' || code === '23505' || kind === 'UniqueConstraintViolation')
}

/** Whether a statement was ended because it took too long (SQLSTATE 57014). */
export function isCanceled(error: unknown): boolean {
  return some(error, ({ code }) => code === '57014')
}

interface ErrorLike {
  code?: unknown
  kind?: unknown
  message?: unknown
  cause?: unknown
  meta?: unknown
  errors?: unknown
  driverAdapterError?: unknown
}

const MAX_DEPTH = 6

// Prisma keeps the driver's error in `meta.driverAdapterError` or `cause`; several addresses of one host give an
// AggregateError.
function some(error: unknown, matches: (error: ErrorLike) => boolean, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false
  const { cause, meta, errors, driverAdapterError } = error as ErrorLike
  if (matches(error)) return true
  return [cause, meta, driverAdapterError, ...(Array.isArray(errors) ? errors : [])].some((inner) =>
    some(inner, matches, depth + 1)
  )
}
