import { DAY_MS } from '../../lib/clock.ts'
/** A limit of calls in a window, counted under a key. */
export interface RatePolicy {
  /** Its name for callers (the name of a quota policy, draft-ietf-httpapi-ratelimit-headers-10, section 2.1). */
  name: string
  /** The key of the counter: the limited token or listener. */
  key: string
  limit: number
  windowMs: number
  /**
   * Whether windows begin at multiples of their length (days at 00:00 UTC). Otherwise a window begins with the first
   * call after the previous one ended.
   */
  aligned: boolean
  /** The reason of a rejected call in the owner's list of denials. */
  reason: string
  /**
   * Whether all processes count each call together. Otherwise each process counts alone, and the counts are added up
   * soon after.
   */
  strict?: boolean
}

/** The rate limit of a token. The key contains the window's length, so that a new length starts a new count. */
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

/** The quota of a token for each UTC day. */
export function tokenQuota(tokenId: string, limit: number): RatePolicy {
  return { name: 'day', key: `day:${tokenId}`, limit, windowMs: DAY_MS, aligned: true, reason: 'daily_quota_used' }
}

/** The rate limit of a listener, over all callers. */
export function listenerRate(
  listenerId: string,
  { limit, windowSeconds, enforcement }: { limit: number; windowSeconds: number; enforcement?: 'local' | 'strict' }
): RatePolicy {
  return {
    name: 'listener',
    key: `listener:${listenerId}:${windowSeconds}`,
    limit,
    windowMs: windowSeconds * 1000,
    aligned: false,
    reason: 'listener_rate_limited',
    strict: enforcement === 'strict'
  }
}
