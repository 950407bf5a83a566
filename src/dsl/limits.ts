import { DAY_MS, HOUR_MS } from '../lib/clock.ts'
/** The bounds of one run: what a flow may cost, whoever wrote it. A spent budget ends the run with a `runtime` error that names the limit. */
export interface FlowLimits {
  /** Tasks performed in a run, its sub-flows and every turn of every loop counted. */
  tasks: number
  /** Turns of `for` loops in a run. */
  iterations: number
  /** Milliseconds that a run may take; waits that a durable engine suspends count too. */
  runTimeMs: number
  /** Size of one value that a task hands on, as JSON, about. */
  valueBytes: number
  /** Arrays and objects within each other in one value. */
  valueDepth: number
  /** Steps that a run's record lists; what happens after is not in it. */
  recordedSteps: number
  /** Size of the values that the steps of a run show, all together, as JSON, about. A step beyond shows `{ truncated: true, characters }` instead. */
  recordedBytes: number
  /** How deep `run: workflow` and `call` of own functions may go. */
  subflowDepth: number
  /** Retries of one `try`, where its policy names no lower number. */
  retries: number
}

export const DEFAULT_FLOW_LIMITS: Readonly<FlowLimits> = Object.freeze({
  tasks: 10_000,
  iterations: 10_000,
  runTimeMs: 30 * DAY_MS,
  valueBytes: 8 * 1024 * 1024,
  valueDepth: 256,
  recordedSteps: 1_000,
  recordedBytes: 4 * 1024 * 1024,
  subflowDepth: 8,
  retries: 100
})

/** A delay between two attempts is never longer, whatever the backoff makes of it. */
export const MAX_RETRY_DELAY_MS = HOUR_MS

/** The bounds of a document: refused when saved. */
export const DOCUMENT_LIMITS = Object.freeze({
  /** Bytes of the text, UTF-8. */
  bytes: 128 * 1024,
  /** Arrays and objects within each other. */
  nesting: 100,
  /** Tasks in the whole document. */
  tasks: 1000,
  /** Branches of one `fork`. */
  branches: 64,
  /** Characters of one expression. */
  expressionChars: 16 * 1024,
  /** Bytes of one JSON Schema, as JSON. */
  schemaBytes: 64 * 1024,
  /** Faults listed; what comes after is counted only. */
  faults: 200
})
