/** What expressions and scripts may cost. Every limit that is reached ends in an `ExpressionError` of kind `limit` naming it. */
export interface ExpressionLimits {
  /** How long one jq job may run, in milliseconds, counted from its first instruction: waiting and starting a worker are not in it. */
  timeoutMs: number
  /** How long one script may run, in milliseconds, counted alike. */
  scriptTimeoutMs: number
  /** How long a job may wait for a free worker, in milliseconds. */
  queueWaitMs: number
  /** How many jobs may wait for a free worker. */
  queueLength: number
  /** Memory of one jq or JavaScript instance, in bytes. */
  memoryBytes: number
  /** Nesting of arrays and objects in a value that is read or made. */
  depth: number
  /** Size of one value that is read or made: characters of its texts plus one for each member. */
  valueSize: number
  /** Outputs of one expression. */
  outputs: number
  /** What the fast path does itself: about one step for each value it touches or makes. Beyond it the pool takes over, with the same answer. */
  steps: number
  /** Characters of one source text. */
  sourceChars: number
  /** Characters a script may write to its console. */
  consoleChars: number
}

export const DEFAULT_LIMITS: Readonly<ExpressionLimits> = {
  timeoutMs: 1_000,
  scriptTimeoutMs: 2_000,
  queueWaitMs: 10_000,
  queueLength: 1_000,
  memoryBytes: 128 * 1024 * 1024,
  depth: 512,
  valueSize: 4 * 1024 * 1024,
  outputs: 100_000,
  steps: 50_000,
  sourceChars: 16 * 1024,
  consoleChars: 64 * 1024
}
