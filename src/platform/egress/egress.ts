import { lookup as dnsLookup } from 'node:dns'
import { Agent, Pool } from 'undici'
import { contentCodings } from '../../lib/content-coding.ts'
import { createTickBatcher } from '../../lib/tick-batcher.ts'
import { parseEgressAllow } from './allow-list.ts'
import { guardedConnector, type EgressLookup } from './connector.ts'
import { Connection } from './connection.ts'
import { startCallDeadline, type CallDeadline } from './call-deadline.ts'
import { decodeBody } from './decode.ts'
import { EgressError } from './error.ts'
import { exchange, type Hop, type RawAnswer } from './exchange.ts'
import { requestHeaders, responseHeaders, type EgressHeaders, type ResponseHeaders } from './headers.ts'
import { egressLimits, type EgressLimits } from './limits.ts'
import { IDEMPOTENT, readMethod } from './methods.ts'
import { nextRequest, type NextRequest } from './redirect.ts'
import { createCounters, type EgressStats } from './stats.ts'
import { readTarget } from './target.ts'

export interface EgressRequest {
  method: string
  /** Absolute, http or https, without user name or password. */
  url: string | URL
  headers?: EgressHeaders
  body?: string | Uint8Array
  signal?: AbortSignal
  /** The limit of the whole call with its redirects; at most the egress's own limit. */
  totalTimeoutMs?: number
  /** `manual` (default) returns a 3xx as it is; `follow` follows it and checks every hop in full. */
  redirect?: 'manual' | 'follow'
  /** The limit of the body, before and after decompression; at most the egress's own limit. */
  maxResponseBytes?: number
  /** Whether a text contains a secret, which must not follow a redirect to another origin. Default: no text does. */
  holdsSecret?: (text: string) => boolean
  /**
   * Called immediately before each request of this call is sent. If it returns false, the request is not sent and the
   * call ends as `withheld`.
   */
  maySend?: () => boolean
  /**
   * Whether the upstream may get this request twice although its method is not idempotent. Called if a kept-alive
   * connection was closed before the first byte of the answer: the request is then sent once more.
   */
  mayRepeat?: (() => boolean) | undefined
  /**
   * Creates the `Authorization` header for each request, until a redirect leaves the first origin. `path` is the target
   * of the request line.
   */
  authorize?: (hop: { method: string; path: string; body: string | Uint8Array | undefined }) => string
}

export interface EgressResponse {
  status: number
  /** Has no prototype. */
  headers: ResponseHeaders
  /** Decompressed. */
  body: Buffer
  /** The URL of the answer, after all redirects, without user name, password or fragment. */
  url: string
  redirects: number
}

/** The only way for calls out of the gateway. */
export interface Egress {
  /**
   * An answer of any status is an answer, not an error.
   * @throws {EgressError} and no other error
   */
  request(request: EgressRequest): Promise<EgressResponse>
  stats(): EgressStats
  /** Calls `listener` with the duration of each call from now on, redirects included. */
  onEnded(listener: (ms: number) => void): void
  /**
   * Waits for calls in flight, which their total time bounds, then closes every connection. Further calls end as
   * `aborted`.
   */
  close(): Promise<void>
}

export interface EgressOptions {
  /** Entries of `EGRESS_ALLOW`, see `parseEgressAllow`. */
  allow: readonly string[]
  limits?: Partial<EgressLimits>
  lookup?: EgressLookup
  /** PEM certificates to trust in addition to the usual roots. */
  ca?: string
}

interface SendOptions {
  maxResponseBytes: number
  maySend: (() => boolean) | undefined
  mayRepeat: (() => boolean) | undefined
}

/**
 * Creates the client for calls out of the gateway. It refuses addresses that are not public, unless `allow` names them,
 * at each connection and for each hop of a redirect.
 * @throws {Error} for an entry of `allow` that cannot be read; {RangeError} for a limit that is not a positive integer
 * @example
 * const egress = createEgress({ allow: ['erp.internal:8443'], limits: { totalTimeoutMs: 10_000 } })
 * const { status, body } = await egress.request({ method: 'GET', url: 'https://erp.internal:8443/products' })
 */
export function createEgress(options: EgressOptions): Egress {
  const limits = egressLimits(options.limits)
  const allow = parseEgressAllow(options.allow)
  const counters = createCounters()
  const nextTick = createTickBatcher()
  const connector = {
    allow,
    lookup: options.lookup ?? dnsLookup,
    connectTimeoutMs: limits.connectTimeoutMs,
    ...(options.ca === undefined ? {} : { ca: options.ca })
  }
  const agent = new Agent({
    pipelining: 1,
    connections: limits.connectionsPerOrigin,
    maxOrigins: limits.maxOrigins,
    maxHeaderSize: limits.maxResponseHeaderBytes,
    keepAliveTimeout: limits.keepAliveMs,
    keepAliveMaxTimeout: limits.keepAliveMs,
    // The total time covers both, with one timer for each call.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...poolOptions,
        connect: guardedConnector(new URL(origin), connector),
        factory: (place, clientOptions) => new Connection(place, clientOptions)
      })
  })

  let closing: Promise<void> | undefined
  let tellEnded: ((ms: number) => void) | undefined

  async function send(
    hop: Hop,
    { maxResponseBytes, maySend, mayRepeat }: SendOptions,
    deadline: CallDeadline
  ): Promise<RawAnswer> {
    const exchangeOnce = () => exchange(agent, hop, maxResponseBytes, deadline, maySend)
    let result = await exchangeOnce()
    const { hungUp } = 'error' in result ? result : {}
    if (hungUp && (IDEMPOTENT.has(hop.method) || (hungUp === 'kept' && mayRepeat?.() === true))) {
      counters.retries++
      result = await exchangeOnce()
    }
    // Answers that were read together are processed together.
    const ticked = nextTick()
    if (ticked) await ticked
    if ('error' in result) throw result.error
    return result.answer
  }

  async function run(request: EgressRequest, deadline: CallDeadline): Promise<EgressResponse> {
    const maxResponseBytes = atMost(limits.maxResponseBytes, request.maxResponseBytes)
    let target = readTarget(request.url, allow, limits.maxUrlChars)
    const { origin } = target.url
    let next: Omit<NextRequest, 'text'> = {
      method: readMethod(request.method),
      url: target.url,
      headers: requestHeaders(request.headers ?? {}, limits.maxRequestHeaderBytes),
      body: request.body
    }

    // Once another origin has redirected the call, credentials are not sent again, even after a redirect back.
    let atHome = true
    for (let redirects = 0; ; redirects++) {
      const { method, url, body } = next
      atHome &&= url.origin === origin
      const headers =
        request.authorize !== undefined && atHome
          ? [
              ...next.headers.filter(([name]) => name !== 'authorization'),
              ['authorization', request.authorize({ method, path: target.path, body })] as const
            ]
          : next.headers
      const answer = await send(
        { method, target, headers, body },
        { maxResponseBytes, maySend: request.maySend, mayRepeat: request.mayRepeat },
        deadline
      )
      const following =
        request.redirect === 'follow'
          ? nextRequest(next, answer.status, answer.headers['location'], request.holdsSecret ?? (() => false))
          : undefined
      if (following === undefined) return await read(answer, url, redirects, maxResponseBytes, target.label)
      if (redirects === limits.maxRedirects)
        throw new EgressError(
          'too_many_redirects',
          `${target.label} redirects again after ${limits.maxRedirects} redirects`
        )
      counters.redirects++
      target = readTarget(following.text, allow, limits.maxUrlChars)
      next = { ...following, url: target.url, body: following.body }
    }
  }

  async function read(
    answer: RawAnswer,
    url: URL,
    redirects: number,
    maxResponseBytes: number,
    label: string
  ): Promise<EgressResponse> {
    const coding = answer.headers['content-encoding']
    const codings = contentCodings(Array.isArray(coding) ? coding.join(',') : coding)
    const body = await decodeBody(answer.body, codings, { maxResponseBytes, maxEncodings: limits.maxEncodings }, label)
    return {
      status: answer.status,
      headers: responseHeaders(answer.headers, codings.length > 0),
      body,
      url: url.href,
      redirects
    }
  }

  return {
    async request(request) {
      const deadline = startCallDeadline(
        atMost(limits.totalTimeoutMs, request.totalTimeoutMs),
        request.signal,
        request.totalTimeoutMs === undefined ? 'UPSTREAM_TIMEOUT_MAX' : undefined
      )
      counters.started()
      const startedAt = tellEnded === undefined ? 0 : performance.now()
      try {
        return await run(request, deadline)
      } catch (error) {
        if (error instanceof EgressError) counters.failures[error.code]++
        throw error
      } finally {
        if (startedAt > 0) tellEnded?.(performance.now() - startedAt)
        counters.ended()
        deadline.release()
      }
    },
    stats: () => counters.read(agent.stats),
    onEnded(listener) {
      tellEnded = listener
    },
    close: () => (closing ??= agent.close())
  }
}

/** Lowers a limit to the caller's own; any other value, including `NaN`, leaves it unchanged. */
function atMost(limit: number, wanted: number | undefined): number {
  return wanted !== undefined && wanted < limit ? Math.max(wanted, 0) : limit
}
