import type { AuthenticatorChain } from '../auth/authenticate.ts'
import { authorize } from '../auth/authorize.ts'
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

export interface CallHead {
  listenerId: string
  rawHeaders: readonly string[]
  query: URLSearchParams | undefined
  origin: Origin
  /** Reads the pair of an `Authorization: Basic` header; undefined where it is malformed. */
  readBasic(): Promise<{ email: string; password: Secret } | undefined>
  /** Told who calls as soon as that is known: a refusal that comes after it is that principal's to see. */
  onPrincipal(principal: Principal): void
}

/** A caller that may call, and what it calls. */
export interface Admission {
  principal: Principal
  listener: ListenerRecord
  carrier: Carrier | undefined
}

export interface AdmitDeps {
  authenticators: AuthenticatorChain
  listeners: RecordCache<ListenerRecord>
}

/**
 * Who calls, what is called, and whether the one may call the other: in this order, so that nothing is said of a listener to who may
 * not know of it. Runs before the body is read.
 * @throws Fault `invalid_request`, `unauthenticated`, `invalid_token`, `account_suspended`, `not_found`, `rate_limited`, `unavailable`
 */
export async function admit(deps: AdmitDeps, call: CallHead): Promise<Admission> {
  const credential = await credentialOf(call)
  const principal: Principal = credential
    ? await deps.authenticators.authenticate(credential, call.origin)
    : { kind: 'anonymous' }
  call.onPrincipal(principal)
  const listener = await findListener(deps.listeners, call.listenerId)
  return {
    principal,
    carrier: credential?.carrier,
    listener: authorize(principal, listener, credential?.carrier, call.origin.ip)
  }
}

async function credentialOf(call: CallHead): Promise<Credential | undefined> {
  const extraction = extractCredential(call.rawHeaders, call.query)
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
      const pair = await call.readBasic()
      if (!pair) throw new Fault('invalid_token', { why: 'malformed_basic' })
      return { carrier: 'basic', ...pair }
    }
  }
}

function findListener(
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
