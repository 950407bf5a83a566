import type { TraceContext } from '../../lib/traceparent.ts'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work in a trace. Times are milliseconds since 1970. */
export interface Span {
  readonly context: TraceContext
  /** Adds a piece of this work that has ended. Does nothing where the trace is not recorded. */
  addPart(name: string, part: EndedPart): void
  end(at: number, attributes: SpanAttributes, failure?: string): void
}

export interface EndedPart {
  startedAt: number
  endedAt: number
  attributes: SpanAttributes
  /** Why it failed, as a name. Absent: it did not. */
  failure?: string | undefined
}

export interface SpanStart {
  /** `server` answers a call from outside; `internal` is work of our own. */
  kind: 'server' | 'internal'
  at: number
  /** Absent: a trace begins here. */
  parent?: TraceContext | undefined
  /** Another trace that led to this one, of somebody whose word does not decide what is recorded. */
  link?: TraceContext | undefined
}

/** Records traces. Exists only where there is somebody to send them to. */
export interface Tracing {
  start(name: string, start: SpanStart): Span
  /** Sends what is recorded so far. Never rejects: a stop does not fail because a collector is away. */
  close(): Promise<void>
}

export interface TracingOptions {
  /** The URL of an OpenTelemetry collector, without the path of a signal. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  version: string
  /** The part of traces that begin here and are recorded, from 0 to 1. */
  ratio: number
  /** Told of spans that could not be sent, and are lost. */
  onError(error: Error): void
}
