/** The limits of a call out of the gateway. Times are in milliseconds, sizes in bytes. */
export interface EgressLimits {
  /** From the first lookup of the host to the end of the TLS handshake. */
  connectTimeoutMs: number
  /** A whole call, including the wait for a connection, redirects, the retry and the body (`UPSTREAM_TIMEOUT_MAX`). */
  totalTimeoutMs: number
  /** An answer's body, both compressed and decompressed. */
  maxResponseBytes: number
  maxResponseHeaderBytes: number
  maxRequestHeaderBytes: number
  maxUrlChars: number
  maxRedirects: number
  /** The maximum number of codings of a body (`Content-Encoding: gzip, br` has two). */
  maxEncodings: number
  /** Connections to one origin; further calls wait for a free one within their total time. */
  connectionsPerOrigin: number
  /** Origins with an open connection at one time. */
  maxOrigins: number
  /** How long an idle connection is kept for the next call. */
  keepAliveMs: number
}

export const DEFAULT_EGRESS_LIMITS: EgressLimits = {
  connectTimeoutMs: 5_000,
  totalTimeoutMs: 300_000,
  maxResponseBytes: 10 * 1024 * 1024,
  maxResponseHeaderBytes: 32 * 1024,
  maxRequestHeaderBytes: 32 * 1024,
  maxUrlChars: 16 * 1024,
  maxRedirects: 5,
  maxEncodings: 2,
  connectionsPerOrigin: 128,
  maxOrigins: 4_096,
  keepAliveMs: 4_000
}

/**
 * The defaults with `overrides` applied.
 * @throws {RangeError} for a limit that is not a positive integer (`maxRedirects` may be 0)
 */
export function egressLimits(overrides: Partial<EgressLimits> = {}): EgressLimits {
  const limits = { ...DEFAULT_EGRESS_LIMITS, ...overrides }
  for (const [name, value] of Object.entries(limits)) {
    const least = name === 'maxRedirects' ? 0 : 1
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`The egress limit ${name} must be an integer of at least ${least}`)
  }
  return limits
}
