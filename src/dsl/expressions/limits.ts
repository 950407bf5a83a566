/** Limits of expressions and scripts. Reaching one ends in an `ExpressionError` of kind `limit` that names it. */
export interface ExpressionLimits {
  /**
   * Milliseconds of CPU time that one jq job may use, from its first instruction. The wait for a worker, its start, and
   * the load of the machine do not count.
   */
  timeoutMs: number
  /** Milliseconds that one script may use, counted in the same way. */
  scriptTimeoutMs: number
  /** Milliseconds that reading a document or checking one of its schemas may use, counted in the same way. */
  documentTimeoutMs: number
  /** How many times its CPU time limit a job may take by the clock. */
  clockFactor: number
  /** Milliseconds that a job may wait for a free worker. The time in which workers start does not count. */
  queueWaitMs: number
  /** Milliseconds that a worker may take to start, or to load what a job needs. */
  startMs: number
  /** Number of jobs that may wait for a free worker. */
  queueLength: number
  /** Number of jobs of one workspace or account that may wait for a free worker. */
  queuePerOwner: number
  /** Memory of one jq or JavaScript instance, in bytes. */
  memoryBytes: number
  /** Nesting of arrays and objects in a value that is read or made. */
  depth: number
  /** Size of one value that is read or made: the characters of its texts plus one for each member. */
  valueSize: number
  /** Outputs of one expression. */
  outputs: number
  /**
   * Steps of the fast path in one evaluation, about one for each value that it reads or makes. Beyond them the pool
   * takes over, with the same answer.
   */
  steps: number
  /** Characters of one source text. */
  sourceChars: number
  /** Characters that a script may write to its console. */
  consoleChars: number
}

export const DEFAULT_LIMITS: Readonly<ExpressionLimits> = {
  timeoutMs: 1_000,
  scriptTimeoutMs: 2_000,
  documentTimeoutMs: 5_000,
  clockFactor: 5,
  queueWaitMs: 10_000,
  startMs: 30_000,
  queueLength: 1_000,
  queuePerOwner: 250,
  memoryBytes: 128 * 1024 * 1024,
  depth: 512,
  valueSize: 32 * 1024 * 1024,
  outputs: 100_000,
  steps: 50_000,
  sourceChars: 16 * 1024,
  consoleChars: 64 * 1024
}
