import type { RunCheck } from './checks.ts'
import { JwsError } from './errors.ts'
import { DEFAULT_LEEWAY_SECONDS, MAX_NUMERIC_DATE } from './limits.ts'
import { type JsonObject, quote } from './strict-json.ts'

export interface TimeRules {
  /** The current time in milliseconds since 1970, as a `Clock` returns it. */
  now: number
  /** The maximum lifetime of a token. Default: limited only by its `exp`. */
  maxTokenSeconds?: number | undefined
  /** How far a signer's clock may be ahead of ours. It relaxes `nbf` and `iat` and never extends `exp`. */
  leewaySeconds?: number | undefined
}

/** Milliseconds since 1970. */
export interface Times {
  readonly expiresAt: number
  readonly notBefore: number | undefined
  readonly issuedAt: number | undefined
}

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519, section 4.1). `exp` is required, and the token has expired at that moment,
 * not after it.
 * @throws JwsError
 */
export function checkTimes(claims: JsonObject, rules: TimeRules, check: RunCheck): Times {
  const latest = rules.now + 1000 * (rules.leewaySeconds ?? DEFAULT_LEEWAY_SECONDS)
  const expiresAt = check('expiry', () => readExpiry(claims, rules.now))
  const notBefore = check('not_before', () => {
    const time = readDate(claims, 'nbf')
    if (time !== undefined && time > latest)
      throw new JwsError('not_yet_valid', `the token is valid from ${show(time)}; it is ${show(rules.now)}`)
    return time
  })
  const issuedAt = check('issued_at', () => {
    const time = readDate(claims, 'iat')
    if (time !== undefined && time > latest)
      throw new JwsError('issued_in_future', `the token was issued at ${show(time)}; it is ${show(rules.now)}`)
    return time
  })
  check('lifetime', () => judgeLifetime(expiresAt, issuedAt ?? rules.now, rules.maxTokenSeconds))
  return { expiresAt, notBefore, issuedAt }
}

function readExpiry(claims: JsonObject, now: number): number {
  const time = readDate(claims, 'exp')
  if (time === undefined) throw new JwsError('exp_missing', 'the payload has no exp')
  if (time <= now) throw new JwsError('expired', `the token expired at ${show(time)}; it is ${show(now)}`)
  return time
}

function readDate(claims: JsonObject, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined
  const seconds = claims[name]
  if (typeof seconds !== 'number' || !Number.isFinite(seconds))
    throw new JwsError(`${name}_invalid`, `${name} is ${quote(seconds)}, not a number`)
  if (Math.abs(seconds) > MAX_NUMERIC_DATE)
    throw new JwsError(
      `${name}_invalid`,
      `${name} is ${seconds}, further off than the year 9999: is it in milliseconds?`
    )
  return seconds * 1000
}

function judgeLifetime(expiresAt: number, from: number, maxSeconds: number | undefined): undefined {
  if (maxSeconds === undefined || expiresAt - from <= maxSeconds * 1000) return
  throw new JwsError(
    'lifetime_too_long',
    `the token lives ${Math.ceil((expiresAt - from) / 1000)} seconds; the workspace allows ${maxSeconds}`
  )
}

function show(time: number): string {
  return new Date(time).toISOString()
}

/**
 * A token with an audience must name this gateway (RFC 7519, section 4.1.3); one without is accepted. Without
 * `audiences`, only the form is checked.
 * @throws JwsError
 */
export function checkAudience(claims: JsonObject, audiences: readonly string[] | undefined): undefined {
  if (!Object.hasOwn(claims, 'aud')) return
  const { aud } = claims
  const named = Array.isArray(aud) ? aud : [aud]
  if (named.length === 0 || !named.every((name) => typeof name === 'string'))
    throw new JwsError('aud_invalid', `aud is ${quote(aud)}`)
  if (audiences === undefined || audiences.some((audience) => named.includes(audience))) return
  throw new JwsError('aud_mismatch', `the token is for ${quote(aud)}`)
}
