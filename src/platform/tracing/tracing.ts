import type { TraceContext } from '../../lib/traceparent.ts'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work in a trace. Times are milliseconds since 1970. */
export interface Span {
  readonly context: TraceContext
  /** Adds a piece of this work that has ended. Does nothing if the trace is not recorded. */
  addPart(name: string, part: EndedPart): void
  end(at: number, attributes: SpanAttributes, failure?: string): void
}

export interface EndedPart {
  startedAt: number
  endedAt: number
  attributes: SpanAttributes
  /** Why it failed, as a name. Absent: it did not fail. */
  failure?: string | undefined
}

export interface SpanStart {
  /** `server` answers a call from outside; `internal` is work of the gateway itself. */
  kind: 'server' | 'internal'
  at: number
  /** Absent: a new trace begins here. */
  parent?: TraceContext | undefined
  /** Another trace that led to this one, from a caller who must not decide what is recorded. */
  link?: TraceContext | undefined
}

/** Records traces. Exists only if a collector is configured. */
export interface Tracing {
  start(name: string, start: SpanStart): Span
  /**
   * Sends what is recorded so far. Never rejects, so that a stop does not fail because a collector is not reachable.
   */
  close(): Promise<void>
}

export interface TracingOptions {
  /** The URL of an OpenTelemetry collector, without the path of a signal. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  version: string
  /** The share of the traces that begin here which is recorded, from 0 to 1. */
  ratio: number
  /** Called when spans could not be sent and are lost. */
  onError(error: Error): void
}
