import type { RatePolicy } from './policy.ts'

/** The remaining calls of a policy, as callers see them. */
export interface ShownRemaining {
  policy: Pick<RatePolicy, 'name' | 'limit' | 'windowMs'>
  remaining: number
  resetMs: number
}

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4): seconds, rounded up
 * so that no client retries too early.
 */
export function rateHeaders(all: readonly ShownRemaining[]): Record<string, string> {
  return {
    'RateLimit-Policy': all
      .map(({ policy }) => `"${policy.name}";q=${policy.limit};w=${policy.windowMs / 1000}`)
      .join(', '),
    RateLimit: all
      .map(({ policy, remaining, resetMs }) => `"${policy.name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
      .join(', ')
  }
}

/** The same with `Retry-After` (RFC 9110, section 10.2.3): the earliest time at which the call would be allowed. */
export function refusalHeaders({ remaining: all }: { remaining: readonly ShownRemaining[] }): Record<string, string> {
  const waits = all.filter(({ remaining }) => remaining === 0).map(({ resetMs }) => resetMs)
  return { ...rateHeaders(all), 'Retry-After': String(Math.max(1, Math.ceil(Math.max(...waits) / 1000))) }
}

/**
 * The headers of a rejection by a full queue, which has no window. `retryMs` is after how long a place is likely to be
 * free.
 */
export function queueFullHeaders(name: string, limit: number, retryMs: number): Record<string, string> {
  return refusalHeaders({
    remaining: [{ policy: { name, limit, windowMs: retryMs }, remaining: 0, resetMs: retryMs }]
  })
}
