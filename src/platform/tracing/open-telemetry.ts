import {
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider
} from '@opentelemetry/sdk-trace'
import type { TraceContext } from '../../lib/traceparent.ts'
import type { EndedPart, Span, SpanAttributes, SpanStart, Tracing, TracingOptions } from './tracing.ts'

/** Further steps of a run are left out of its trace. A loop of 10,000 rounds can be read in the record of the run. */
const PARTS_MAX = 200
/** A collector that does not answer must not delay the stop. */
const EXPORT_TIMEOUT_MS = 5_000

/** Records traces with OpenTelemetry's SDK, and sends them by OTLP over HTTP. Does not patch modules. */
export function createTracing(options: TracingOptions): Tracing {
  const { serviceName, version, ratio, onError } = options
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: createExporter(options), exportTimeoutMillis: EXPORT_TIMEOUT_MS })
    ]
  })
  const tracer = provider.getTracer('sluice', version)
  return {
    start: (name, start) => startSpan(tracer, name, start),
    // The exporter has reported the error.
    close: () => provider.shutdown().catch(() => {})
  }

  function createExporter({ endpoint, headers }: TracingOptions): SpanExporter {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
      headers: { ...headers },
      timeoutMillis: EXPORT_TIMEOUT_MS
    })
    return {
      export(spans, done) {
        exporter.export(spans, (result) => {
          if (result.error) onError(result.error)
          done(result)
        })
      },
      shutdown: () => exporter.shutdown()
    }
  }
}

function startSpan(tracer: Tracer, name: string, { kind, at, parent, link }: SpanStart): Span {
  const span = tracer.startSpan(
    name,
    {
      kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: at,
      ...(link ? { links: [{ context: asRemote(link) }] } : {})
    },
    parent ? trace.setSpanContext(ROOT_CONTEXT, asRemote(parent)) : ROOT_CONTEXT
  )
  const { traceId, spanId, traceFlags } = span.spanContext()
  const within: Context = trace.setSpan(ROOT_CONTEXT, span)
  let parts = 0
  return {
    context: { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 },
    addPart(partName, { startedAt, endedAt, attributes, failure }: EndedPart) {
      if (!span.isRecording() || parts++ >= PARTS_MAX) return
      end(tracer.startSpan(partName, { startTime: startedAt }, within), endedAt, attributes, failure)
    },
    end: (endedAt, attributes, failure) => end(span, endedAt, attributes, failure)
  }
}

function end(
  span: ReturnType<Tracer['startSpan']>,
  at: number,
  attributes: SpanAttributes,
  failure: string | undefined
): void {
  span.setAttributes({ ...attributes, ...(failure === undefined ? {} : { 'error.type': failure }) })
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(at)
}

function asRemote({ traceId, spanId, sampled }: TraceContext) {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
}
