import { Fault } from '../lib/fault.ts'
import { rateHeaders, refusalHeaders } from '../platform/rate-limits/headers.ts'
import type { Limits } from '../platform/rate-limits/rate-limiter.ts'
import { listenerRate, tokenQuota, tokenRate, type RatePolicy } from '../platform/rate-limits/policy.ts'
import type { Admission } from './admit.ts'

/**
 * Counts an admitted call under the limits of its token and of the listener.
 * @returns the headers that say what is left; none where nothing is limited
 * @throws Fault `rate_limited` with `Retry-After`; a call that is refused counts under no limit
 */
export function spendCall(
  limits: Limits,
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
  const spending = limits.spend(policies)
  if (spending.refusedBy)
    throw new Fault('rate_limited', { why: spending.refusedBy.policy.reason, headers: refusalHeaders(spending) })
  return rateHeaders(spending.allowances)
}
