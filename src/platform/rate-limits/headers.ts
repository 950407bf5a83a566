import type { RatePolicy } from './policy.ts'

/** What is left of a policy, as far as callers are told. */
export interface ShownAllowance {
  policy: Pick<RatePolicy, 'name' | 'limit' | 'windowMs'>
  remaining: number
  resetMs: number
}

/** `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4): seconds, rounded up so that nobody comes back too early. */
export function rateHeaders(allowances: readonly ShownAllowance[]): Record<string, string> {
  return {
    'RateLimit-Policy': allowances
      .map(({ policy }) => `"${policy.name}";q=${policy.limit};w=${policy.windowMs / 1000}`)
      .join(', '),
    RateLimit: allowances
      .map(({ policy, remaining, resetMs }) => `"${policy.name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
      .join(', ')
  }
}

/** The same with `Retry-After` (RFC 9110, section 10.2.3): when the call would be let through at the earliest. */
export function refusalHeaders({ allowances }: { allowances: readonly ShownAllowance[] }): Record<string, string> {
  const waits = allowances.filter(({ remaining }) => remaining === 0).map(({ resetMs }) => resetMs)
  return { ...rateHeaders(allowances), 'Retry-After': String(Math.max(1, Math.ceil(Math.max(...waits) / 1000))) }
}

/** The headers of a refusal because so many wait already, and no window is counted: there is room again about `retryMs` later. */
export function queueFullHeaders(name: string, limit: number, retryMs: number): Record<string, string> {
  return refusalHeaders({
    allowances: [{ policy: { name, limit, windowMs: retryMs }, remaining: 0, resetMs: retryMs }]
  })
}
