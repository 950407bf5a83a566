const SECONDS = /^[0-9]{1,10}$/

/**
 * How long a refusal asks to wait (RFC 9110, section 10.2.3), in milliseconds; undefined if it does not say.
 * @param header the value of `Retry-After`: seconds, or a date
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (SECONDS.test(text)) return Number(text) * 1000
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
