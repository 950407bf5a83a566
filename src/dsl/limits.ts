import { DAY_MS, HOUR_MS } from '../lib/clock.ts'

/**
 * The limits of one run. A run that reaches one ends with a `runtime` error that names the limit; no `catch` sees it.
 */
export interface FlowLimits {
  /** Tasks that a run performs, including those of its sub-flows and of every iteration of every loop. */
  tasks: number
  /** Iterations of `for` loops in a run. */
  iterations: number
  /** Milliseconds that a run may take, including the time for which a durable engine suspends it. */
  runTimeMs: number
  /** Approximate size in bytes, as JSON, of one value that a task passes on. */
  valueBytes: number
  /** Nesting of arrays and objects in one value. */
  valueDepth: number
  /** Steps that the record of a run lists. Later steps are not recorded. */
  recordedSteps: number
  /**
   * Approximate size in bytes, as JSON, of all values that the steps of a run show together. Later steps show
   * `{ truncated: true, characters }` instead.
   */
  recordedBytes: number
  /** Depth of nested `run: workflow` tasks and calls of functions. */
  subflowDepth: number
  /** Retries of one `try`, unless its policy sets a lower number. */
  retries: number
}

export const DEFAULT_FLOW_LIMITS: Readonly<FlowLimits> = Object.freeze({
  tasks: 10_000,
  iterations: 10_000,
  runTimeMs: 30 * DAY_MS,
  valueBytes: 32 * 1024 * 1024,
  valueDepth: 256,
  recordedSteps: 1_000,
  recordedBytes: 4 * 1024 * 1024,
  subflowDepth: 8,
  retries: 100
})

/** The longest delay between two attempts. A longer backoff is cut to it. */
export const MAX_RETRY_DELAY_MS = HOUR_MS

/** The limits of a document, checked when it is saved. */
export const DOCUMENT_LIMITS = Object.freeze({
  /** Bytes of the text, in UTF-8. */
  bytes: 128 * 1024,
  /** Nesting of arrays and objects. */
  nesting: 100,
  /** Tasks in the whole document. */
  tasks: 1000,
  /** Branches of one `fork`. */
  branches: 64,
  /** Characters of one expression. */
  expressionChars: 16 * 1024,
  /** Faults that are listed. Further ones are not reported. */
  faults: 200
})

/** The least duration of `schedule.every` and `schedule.after`. */
export const LEAST_INTERVAL_MS = 1_000
