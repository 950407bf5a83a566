import { DAY_MS } from '../../lib/clock.ts'
/** So many calls in a window, counted under a key. */
export interface RatePolicy {
  /** What callers see it as (the name of a quota policy, draft-ietf-httpapi-ratelimit-headers-10, section 2.1). */
  name: string
  /** Who or what is counted. */
  key: string
  limit: number
  windowMs: number
  /**
   * Windows begin at multiples of their length (days at 00:00 UTC). Otherwise a window begins with the first call after the previous one ended.
   */
  aligned: boolean
  /** Why a call over it is refused, as the owner's denials list says it. */
  reason: string
}

/** A limit of a token. The length is in the key: with a new length counting begins anew. */
export function tokenRate(
  tokenId: string,
  { limit, windowSeconds }: { limit: number; windowSeconds: number }
): RatePolicy {
  return {
    name: 'token',
    key: `token:${tokenId}:${windowSeconds}`,
    limit,
    windowMs: windowSeconds * 1000,
    aligned: false,
    reason: 'rate_limited'
  }
}

/** A token's quota of a UTC day. */
export function tokenQuota(tokenId: string, limit: number): RatePolicy {
  return { name: 'day', key: `day:${tokenId}`, limit, windowMs: DAY_MS, aligned: true, reason: 'daily_quota_used' }
}

/** A limit of a listener, over all who call it. */
export function listenerRate(
  listenerId: string,
  { limit, windowSeconds }: { limit: number; windowSeconds: number }
): RatePolicy {
  return {
    name: 'listener',
    key: `listener:${listenerId}:${windowSeconds}`,
    limit,
    windowMs: windowSeconds * 1000,
    aligned: false,
    reason: 'listener_rate_limited'
  }
}
