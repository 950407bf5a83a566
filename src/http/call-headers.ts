import type { Admission } from '../gateway/admit.ts'
import { allowedOriginHeaders } from './cors.ts'

/** What is known about a listener call so far, limited to what the headers of its answer depend on. */
export interface CallFacts {
  /** The `Origin` of the calling page; undefined if no page calls, or if the path cannot name a listener. */
  page: string | undefined
  /** What allows that origin: the listener itself, only an action that may call the listener, or nothing. */
  pageNamedBy: 'listener' | 'action' | undefined
  /** Whether the URL has a parameter that carries credentials, valid or not. */
  urlHasCredential: boolean
  /** Undefined until the call is authorized. */
  admission: Admission | undefined
  /** The headers that report the remaining rate limits and quotas; undefined if there are none. */
  remaining: Record<string, string> | undefined
}

/**
 * The headers that decide an answer, whether or not a request has them: who calls, and from which page. Without
 * `Vary`, a shared cache would give one caller's answer, or one page's permission to read, to another.
 */
const DECIDING_HEADERS = 'Origin, Authorization, access_token, jwt_token'

/**
 * Decides the answer's headers for origins (CORS, Vary), caches (Cache-Control, Referrer-Policy), rate limits and
 * expiry. An error at any step gets the same headers, as far as `facts` was filled by the steps before it.
 * @param flow the headers that the flow set, by lower-case names: its `Vary` is merged with ours, and its
 *   `Cache-Control` is kept unless it lets caches share the answer to a credential
 */
export function callHeaders(
  facts: CallFacts,
  flow: Readonly<Record<string, string | undefined>> = {}
): Record<string, string> {
  const headers: Record<string, string> = { ...facts.remaining }
  headers['Vary'] = flow['vary'] === undefined ? DECIDING_HEADERS : `${DECIDING_HEADERS}, ${flow['vary']}`
  if (facts.page !== undefined && mayRead(facts, facts.page)) Object.assign(headers, allowedOriginHeaders(facts.page))
  const principal = facts.admission?.principal
  if (principal !== undefined && principal.kind !== 'anonymous')
    headers['Cache-Control'] = withoutSharing(flow['cache-control'])
  // A URL with a credential must not reach a cache, nor the `Referer` header of the next request.
  if (facts.urlHasCredential) {
    headers['Cache-Control'] = 'no-store'
    headers['Referrer-Policy'] = 'no-referrer'
  }
  if (principal?.kind === 'token' && principal.token.expiresAt !== Infinity)
    headers['Sluice-Token-Expires'] = new Date(principal.token.expiresAt).toISOString()
  return headers
}

/** Directives that let a shared cache keep an answer (RFC 9111, section 5.2.2), and `private`, which is put first. */
const OF_SHARED_CACHES = /^(?:public|private|s-maxage|proxy-revalidate)(?:$|=)/i

/**
 * A `Cache-Control` under which no shared cache keeps the answer. RFC 9111, section 3.5 protects only requests with an
 * `Authorization` header, and only where the answer is not `public`.
 */
function withoutSharing(cacheControl: string | undefined): string {
  if (cacheControl === undefined) return 'private'
  const directives = cacheControl
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !OF_SHARED_CACHES.test(directive))
  return ['private', ...directives].join(', ')
}

/**
 * The origins of an action apply only to tokens of that action. Until the caller is known, the page may read the error.
 */
function mayRead({ pageNamedBy, admission }: CallFacts, page: string): boolean {
  if (pageNamedBy !== 'action') return pageNamedBy === 'listener'
  if (!admission) return true
  return admission.principal.kind === 'action' && admission.principal.action.origins.has(page)
}
