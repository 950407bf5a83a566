let lastMs = NaN
let lastText = ''

/**
 * A time as text in UTC (RFC 3339), to the millisecond. Calls of the same millisecond share the text: a busy process
 * asks for the same one many times.
 * @param ms milliseconds since 1970
 */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
