import type { AuthenticatorChain } from '../auth/authenticate.ts'
import type { Extraction } from '../auth/extract-credential.ts'
import type { Carrier, Credential, Origin, Principal } from '../auth/principal.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Secret } from '../lib/secret.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { rateHeaders, refusalHeaders } from '../platform/rate-limits/headers.ts'
import { listenerRate, type RatePolicy, tokenQuota, tokenRate } from '../platform/rate-limits/policy.ts'
import type { RateLimiter } from '../platform/rate-limits/rate-limiter.ts'
import type { RateLimitResult } from '../platform/rate-limits/windows.ts'

/** An authorized caller and the listener that it calls. */
export interface Admission {
  principal: Principal
  listener: ListenerRecord
  carrier: Carrier | undefined
  /** The account that tries the listener from the console; absent for a call. */
  triedBy?: string
}

/**
 * Reads the single credential of a call; undefined if it has none.
 * @param readBasic reads the e-mail and password of an `Authorization: Basic` header; undefined if it is malformed
 * @throws Fault `invalid_request` for more than one credential, `invalid_token` for one that cannot be read
 */
export function readCredential(
  extraction: Extraction,
  readBasic: () => Promise<{ email: string; password: Secret } | undefined>
): Credential | undefined | Promise<Credential> {
  switch (extraction.found) {
    case 'none':
      return undefined
    case 'token':
      return extraction
    case 'several':
      throw new Fault('invalid_request', {
        why: 'several_credentials',
        detail: 'Send exactly one credential, in exactly one place.'
      })
    case 'unreadable':
      throw new Fault('invalid_token', { why: extraction.why })
    case 'basic':
      return readBasic().then((pair) => {
        if (!pair) throw new Fault('invalid_token', { why: 'malformed_basic' })
        return { carrier: 'basic', ...pair }
      })
  }
}

/**
 * Identifies the caller. A call without a credential is anonymous.
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

/**
 * Finds the listener of a call; undefined if it does not exist. {@link authorize} decides whether the caller may know
 * that it exists.
 */
export function findListener(
  listeners: RecordCache<ListenerRecord>,
  id: string
): ListenerRecord | undefined | Promise<ListenerRecord | undefined> {
  return isId('lsn', id) ? listeners.get(id) : undefined
}

/** The target that the URL of a call names. */
export interface CallTarget {
  /** The listener to call; undefined if the URL names none. */
  listenerId: string | undefined
  /** The values in the path of the URL; undefined for the URL with the listener's id. */
  pathParams?: Readonly<Record<string, string>>
  /** The listeners of the path, if none of them accepts the method. */
  others?: readonly string[]
}

/**
 * Returns the listener of a call, if the caller may call it; synchronously if it is in memory. If no listener of the
 * path accepts the method, returns all listeners of the path that the caller may call: it must not learn of others.
 * @throws Fault as {@link authorize}
 */
export function authorizeTarget(
  listeners: RecordCache<ListenerRecord>,
  { listenerId, others }: CallTarget,
  authorizeOne: (listener: ListenerRecord | undefined) => ListenerRecord
): Permitted | Promise<Permitted> {
  if (others !== undefined) return authorizeOthers(listeners, others, authorizeOne)
  const found = listenerId === undefined ? undefined : findListener(listeners, listenerId)
  return found instanceof Promise ? found.then((listener) => [authorizeOne(listener)]) : [authorizeOne(found)]
}

/** The listeners that the caller may call, at least one. */
export type Permitted = [ListenerRecord, ...ListenerRecord[]]

async function authorizeOthers(
  listeners: RecordCache<ListenerRecord>,
  others: readonly string[],
  authorizeOne: (listener: ListenerRecord | undefined) => ListenerRecord
): Promise<Permitted> {
  let refusal: unknown
  const permitted: ListenerRecord[] = []
  for (const id of others) {
    const listener = await findListener(listeners, id)
    try {
      permitted.push(authorizeOne(listener))
    } catch (error) {
      refusal ??= error
    }
  }
  const [first, ...more] = permitted.sort((one, other) => Number(other.enabled) - Number(one.enabled))
  if (!first) throw refusal
  return [first, ...more]
}

/**
 * Counts an admitted call against the limits of its token and of the listener. A call that exceeds one limit counts
 * against none.
 * @returns the headers that report what remains; none if nothing is limited
 * @throws Fault `rate_limited` with `Retry-After`; if a limit is strict, the returned promise rejects with it
 */
export function consumeRateLimits(
  rateLimiter: RateLimiter,
  { principal, listener }: Pick<Admission, 'principal' | 'listener'>
): Record<string, string> | undefined | Promise<Record<string, string>> {
  const policies: RatePolicy[] = []
  if (principal.kind === 'token') {
    const { id, rateLimit, dailyQuota } = principal.token
    if (rateLimit) policies.push(tokenRate(id, rateLimit))
    if (dailyQuota !== undefined) policies.push(tokenQuota(id, dailyQuota))
  }
  if (listener.rateLimit) policies.push(listenerRate(listener.id, listener.rateLimit))
  if (policies.length === 0) return undefined
  const result = rateLimiter.consume(policies)
  return result instanceof Promise ? result.then(headersOf) : headersOf(result)
}

function headersOf(result: RateLimitResult): Record<string, string> {
  if (result.refusedBy)
    throw new Fault('rate_limited', { why: result.refusedBy.policy.reason, headers: refusalHeaders(result) })
  return rateHeaders(result.remaining)
}
