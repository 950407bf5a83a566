const DNS_CODES: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'ENODATA',
  'ESERVFAIL',
  'EREFUSED',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NONAME',
  'EAI_NODATA'
])
const CONNECT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
  'ENETDOWN',
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'UND_ERR_MAX_ORIGINS_REACHED'
])
const HANG_UP_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'])
const CLOSED_CODES: ReadonlySet<string> = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])
const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const TLS_CODE = new RegExp(
  '^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|INVALID_PURPOSE$|' +
    'HOSTNAME_MISMATCH$|PATH_LENGTH_|ERROR_IN_CERT_)'
)

/** Translates an error of the HTTP client or the system. `label` is the host and port as the author wrote them. */
export function translateError(error: unknown, label: string): EgressError {
  if (error instanceof EgressError) return error
  const code = codeOf(error)
  const say = (kind: EgressErrorCode, message: string): EgressError => new EgressError(kind, message, { cause: error })
  if (DNS_CODES.has(code)) return say('dns', `The name of ${label} could not be resolved`)
  if (TIMEOUT_CODES.has(code)) return say('timeout', `${label} did not accept a connection in time`)
  if (CONNECT_CODES.has(code)) return say('connect', `${label} could not be connected to (${code})`)
  if (isHangUp(error)) return say('connect', `${label} closed the connection before its answer was complete`)
  if (TLS_CODE.test(code)) return say('tls', `TLS with ${label} failed (${code})`)
  if (CLOSED_CODES.has(code)) return say('aborted', 'The gateway is stopping')
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return say('too_large', `${label} answered with too many header bytes`)
  return say('protocol', `The exchange with ${label} broke the HTTP protocol${code === '' ? '' : ` (${code})`}`)
}

/** Whether the other side closed the connection, which can happen to an idle kept-alive one at any moment. */
export function isHangUp(error: unknown): boolean {
  return HANG_UP_CODES.has(codeOf(error))
}

/** The code of an error; of several failed attempts at the addresses of one name, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return ''
}

/** Why a call out of the gateway got no answer. */
export type EgressErrorCode =
  | 'refused'
  | 'invalid_url'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'too_large'
  | 'too_many_redirects'
  | 'bad_encoding'
  | 'protocol'
  | 'aborted'
  | 'withheld'

/**
 * A call that got no answer. The message is safe to show to the flow's author: it names the host as the author wrote
 * it, never a credential, a query or a resolved address. `cause` is only for the operator's log.
 */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code: EgressErrorCode

  constructor(code: EgressErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
