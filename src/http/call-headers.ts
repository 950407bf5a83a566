import type { Admission } from '../gateway/admit.ts'
import { allowedOriginHeaders } from './cors.ts'

/** What is known of a listener call so far, as far as the headers of its answer depend on it. */
export interface CallFacts {
  /** The `Origin` of the page that calls; undefined where no page calls, or where the path cannot name a listener. */
  page: string | undefined
  /** Who names that origin: the listener itself, only an action that may call the listener, or nobody. */
  pageNamedBy: 'listener' | 'action' | undefined
  /** Whether the URL has a parameter that carries credentials, valid or not. */
  urlHasCredential: boolean
  /** Undefined until the call is authorized. */
  admission: Admission | undefined
  /** The headers that say what is left of rate limits and quotas; undefined where nothing is limited. */
  remaining: Record<string, string> | undefined
}

/**
 * Decides what the answer says of origins (CORS, Vary), caches (Cache-Control, Referrer-Policy), rate limits and expiry.
 * The same for an error at any step: `facts` then lack what the later steps would have found.
 * @param flowVary the `Vary` of the flow's own answer, which is kept beside ours
 */
export function callHeaders(facts: CallFacts, flowVary?: string): Record<string, string> {
  const headers: Record<string, string> = { ...facts.remaining }
  if (facts.page !== undefined) {
    // Without it a shared cache would give one page's permission to read to another page.
    headers['Vary'] = flowVary === undefined ? 'Origin' : `Origin, ${flowVary}`
    if (mayRead(facts, facts.page)) Object.assign(headers, allowedOriginHeaders(facts.page))
  }
  // A URL with a credential stays out of caches and of the `Referer` that the next page gets.
  if (facts.urlHasCredential) {
    headers['Cache-Control'] = 'no-store'
    headers['Referrer-Policy'] = 'no-referrer'
  }
  const principal = facts.admission?.principal
  if (principal?.kind === 'token' && principal.token.expiresAt !== Infinity)
    headers['Sluice-Token-Expires'] = new Date(principal.token.expiresAt).toISOString()
  return headers
}

/** An action's origins are for the tokens of that action alone. Until the caller is known, the page may read the error. */
function mayRead({ pageNamedBy, admission }: CallFacts, page: string): boolean {
  if (pageNamedBy !== 'action') return pageNamedBy === 'listener'
  if (!admission) return true
  return admission.principal.kind === 'action' && admission.principal.action.origins.has(page)
}
