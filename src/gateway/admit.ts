import type { AuthenticatorChain } from '../auth/authenticate.ts'
import { extractCredential } from '../auth/extract-credential.ts'
import type { Carrier, Credential, Origin, Principal } from '../auth/principal.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Secret } from '../lib/secret.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { rateHeaders, refusalHeaders } from '../platform/rate-limits/headers.ts'
import { listenerRate, type RatePolicy, tokenQuota, tokenRate } from '../platform/rate-limits/policy.ts'
import type { RateLimiter } from '../platform/rate-limits/rate-limiter.ts'

/** A caller that may call, and what it calls. */
export interface Admission {
  principal: Principal
  listener: ListenerRecord
  carrier: Carrier | undefined
}

/**
 * Reads the one credential of a call; undefined where it has none.
 * @param readBasic reads the pair of an `Authorization: Basic` header; undefined where it is malformed
 * @throws Fault `invalid_request` for more than one credential, `invalid_token` for one that cannot be read
 */
export async function readCredential(
  rawHeaders: readonly string[],
  query: URLSearchParams | undefined,
  readBasic: () => Promise<{ email: string; password: Secret } | undefined>
): Promise<Credential | undefined> {
  const extraction = extractCredential(rawHeaders, query)
  switch (extraction.found) {
    case 'none':
      return undefined
    case 'token':
      return extraction
    case 'several':
      throw new Fault('invalid_request', { why: extraction.why, detail: 'Send one credential, in one place, once.' })
    case 'unreadable':
      throw new Fault('invalid_token', { why: extraction.why })
    case 'basic': {
      const pair = await readBasic()
      if (!pair) throw new Fault('invalid_token', { why: 'malformed_basic' })
      return { carrier: 'basic', ...pair }
    }
  }
}

/**
 * Finds who calls. A call without a credential is anonymous.
 * @throws Fault `invalid_token`, `account_suspended`, `rate_limited`, `unavailable`
 */
export function authenticateCall(
  authenticators: AuthenticatorChain,
  credential: Credential | undefined,
  origin: Origin
): Principal | Promise<Principal> {
  return credential ? authenticators.authenticate(credential, origin) : ANONYMOUS
}

const ANONYMOUS: Principal = { kind: 'anonymous' }

/** Finds the listener of a call; undefined where there is none. Whether the caller may know of it is decided later. */
export function findListener(
  listeners: RecordCache<ListenerRecord>,
  id: string
): ListenerRecord | undefined | Promise<ListenerRecord | undefined> {
  return isId('lsn', id) ? listeners.get(id) : undefined
}

/**
 * Counts an admitted call under the limits of its token and of the listener.
 * @returns the headers that say what is left; none where nothing is limited
 * @throws Fault `rate_limited` with `Retry-After`; a call that is refused counts under no limit
 */
export function consumeRateLimits(
  rateLimiter: RateLimiter,
  { principal, listener }: Pick<Admission, 'principal' | 'listener'>
): Record<string, string> | undefined {
  const policies: RatePolicy[] = []
  if (principal.kind === 'token') {
    const { id, rateLimit, dailyQuota } = principal.token
    if (rateLimit) policies.push(tokenRate(id, rateLimit))
    if (dailyQuota !== undefined) policies.push(tokenQuota(id, dailyQuota))
  }
  if (listener.rateLimit) policies.push(listenerRate(listener.id, listener.rateLimit))
  if (policies.length === 0) return undefined
  const result = rateLimiter.consume(policies)
  if (result.refusedBy)
    throw new Fault('rate_limited', { why: result.refusedBy.policy.reason, headers: refusalHeaders(result) })
  return rateHeaders(result.remaining)
}
