import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Origin } from '../auth/principal.ts'
import { createIpMatcher } from '../lib/ip-address.ts'
import { formatTraceparent, parseTraceparent, type TraceContext } from '../lib/traceparent.ts'
import type { CallReport } from '../platform/log/call-report.ts'
import type { Span, SpanAttributes, Tracing } from '../platform/tracing/tracing.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
/** Routes that machines call every few seconds. */
const UNTRACED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

declare module 'fastify' {
  interface FastifyRequest {
    /** The place of the call in a trace. Null if the caller named none and traces are not recorded. */
    trace: CallTrace | null
  }
}

export interface CallTrace extends NonNullable<Origin['trace']> {
  traceId: string
  /** The trace that an untrusted caller named. It is not continued, because anybody could name one. */
  callerTraceId: string | undefined
  finish(report: CallReport): void
}

export interface TraceDeps {
  /** Undefined: traces are not recorded. */
  tracing: Tracing | undefined
  trustProxy: readonly string[]
}

/**
 * Places calls in traces. A proxy of TRUST_PROXY decides which trace a call belongs to, and whether it is recorded. A
 * trace that another caller names becomes only a link.
 */
export function createCallTraces({ tracing, trustProxy }: TraceDeps): (request: FastifyRequest) => CallTrace | null {
  const isTrusted = trustProxy.length > 0 ? createIpMatcher(trustProxy) : () => false

  return (request) => {
    const { traceparent } = request.headers
    if (traceparent === undefined && tracing === undefined) return null
    const given = parseTraceparent(traceparent)
    if (given === undefined && tracing === undefined) return null
    const route = request.routeOptions.url ?? '(none)'
    if (UNTRACED.has(route)) return null
    const trusted = given !== undefined && isTrusted(request.socket.remoteAddress ?? '')
    const parent = trusted ? given : undefined
    const link = trusted ? undefined : given
    const startedAt = Date.now()
    const span = tracing?.start(`${request.method} ${route}`, { kind: 'server', at: startedAt, parent, link })
    const context = span?.context ?? placed(parent)
    return {
      traceId: context.traceId,
      callerTraceId: link?.traceId,
      traceparent: formatTraceparent(context),
      ...(span ? { span } : {}),
      finish: (report) => finish(span, startedAt, report)
    }
  }
}

/** A new place, which is not recorded here: below the parent, or in a new trace. */
function placed(parent: TraceContext | undefined): TraceContext {
  return {
    traceId: parent?.traceId ?? randomBytes(TRACE_ID_BYTES).toString('hex'),
    spanId: randomBytes(SPAN_ID_BYTES).toString('hex'),
    sampled: parent?.sampled ?? false
  }
}

/**
 * Ends the span, with attributes by OpenTelemetry's semantic conventions for HTTP servers. Path and query are left out,
 * because both can contain a credential.
 */
function finish(span: Span | undefined, startedAt: number, report: CallReport): void {
  if (!span) return
  const { method, route, status, requestId, listenerId, runId, code } = report
  const attributes: Record<string, SpanAttributes[string]> = {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    'sluice.request_id': requestId
  }
  if (listenerId !== undefined) attributes['sluice.listener_id'] = listenerId
  if (runId !== undefined) attributes['sluice.run_id'] = runId
  if (code !== undefined) attributes['sluice.code'] = code
  span.end(startedAt + report.ms, attributes, status >= 500 ? (code ?? String(status)) : undefined)
}
