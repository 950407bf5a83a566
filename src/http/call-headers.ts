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
  /** The headers that report what remains of rate limits and quotas; undefined if nothing is limited. */
  remaining: Record<string, string> | undefined
}

/**
 * Decides the answer's headers for origins (CORS, Vary), caches (Cache-Control, Referrer-Policy), rate limits and
 * expiry. An error at any step gets the same headers, as far as `facts` was filled by the steps before it.
 * @param flowVary the `Vary` header that the flow set, which is kept beside ours
 */
export function callHeaders(facts: CallFacts, flowVary?: string): Record<string, string> {
  const headers: Record<string, string> = { ...facts.remaining }
  if (facts.page !== undefined) {
    // Without `Vary`, a shared cache would give one page's permission to read to another page.
    headers['Vary'] = flowVary === undefined ? 'Origin' : `Origin, ${flowVary}`
    if (mayRead(facts, facts.page)) Object.assign(headers, allowedOriginHeaders(facts.page))
  }
  // A URL with a credential must not reach a cache, nor the `Referer` header of the next request.
  if (facts.urlHasCredential) {
    headers['Cache-Control'] = 'no-store'
    headers['Referrer-Policy'] = 'no-referrer'
  }
  const principal = facts.admission?.principal
  if (principal?.kind === 'token' && principal.token.expiresAt !== Infinity)
    headers['Sluice-Token-Expires'] = new Date(principal.token.expiresAt).toISOString()
  return headers
}

/**
 * The origins of an action apply only to tokens of that action. Until the caller is known, the page may read the error.
 */
function mayRead({ pageNamedBy, admission }: CallFacts, page: string): boolean {
  if (pageNamedBy !== 'action') return pageNamedBy === 'listener'
  if (!admission) return true
  return admission.principal.kind === 'action' && admission.principal.action.origins.has(page)
}
