/** A place in a distributed trace (W3C Trace Context, Level 1). */
export interface TraceContext {
  /** 32 digits of lower-case hexadecimal. */
  traceId: string
  /** 16 digits of lower-case hexadecimal. */
  spanId: string
  /** Whether the trace is recorded by its originator. */
  sampled: boolean
}

/** Version 00 has these fields and no others; a later version may add some after a dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 1
const ZEROS = /^0+$/

/**
 * Reads the header `traceparent`.
 * @returns undefined for an invalid value, which a receiver ignores as if the header were absent
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  const found = typeof text === 'string' ? TRACEPARENT.exec(text) : null
  if (!found) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = found
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}

/** The `traceparent` header of a place in a trace (W3C Trace Context, section 3.2). */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}
