import type { JobContext } from './owner.ts'

/** Named values that an expression reads as `$name`. The names here have no `$`. */
export type Variables = Readonly<Record<string, unknown>>

/** Where an expression runs. A `fast` one still goes to the pool for the rare input that the fast path leaves to jq. */
export type ExpressionPath = 'fast' | 'pool'

/** A jq expression, compiled once and evaluated many times. A pure function of its input and variables. */
export interface Expression {
  readonly source: string
  readonly path: ExpressionPath
  /**
   * The result of the expression over JSON data: its one output, an array of several outputs, null for none.
   *
   * Returns a value where the fast path can answer, otherwise a promise: always `await` it. The pool answers, even
   * where `path` is `fast`, for errors whose message only jq knows, for numbers whose text only jq knows, and for work
   * beyond the step limit. Never changes its input. The result may share parts with the input, so treat values as
   * immutable.
   * @throws ExpressionError, or rejects with it.
   */
  evaluate(input: unknown, variables: Variables, context?: JobContext): unknown | Promise<unknown>
}

/** Several expressions over the same input, evaluated together. */
export interface ExpressionGroup {
  readonly path: ExpressionPath
  /** Results in the order of the sources, from at most one job of the pool. Otherwise like `Expression.evaluate`. */
  evaluate(input: unknown, variables: Variables, context?: JobContext): unknown[] | Promise<unknown[]>
}

/** The fault of a source. The message is from jq, or from this room. */
export interface SyntaxFault {
  message: string
}

/** A JavaScript program with all the data that it can see. */
export interface ScriptJob {
  code: string
  /**
   * JSON values. Each member of an object becomes a global of the script under its name; an array becomes the tail of
   * `process.argv`.
   */
  arguments: Readonly<Record<string, unknown>> | readonly unknown[]
  stdin?: string
  environment?: Readonly<Record<string, string>>
}

/** The result of a script: its value as JSON data (null where it has none) and the lines of its console. */
export interface ScriptResult {
  output: unknown
  stdout: string[]
  stderr: string[]
}

/**
 * Counts since the start: evaluations by each path, jobs aborted by the caller or a limit. Current numbers: jobs that
 * wait, jobs whose worker is starting, live workers.
 */
export interface ExpressionStats {
  fast: number
  pool: number
  aborted: number
  queued: number
  starting: number
  workers: number
}

/**
 * Why an expression or script has no result. `limit`: it reached one of `ExpressionLimits`; `aborted`: the caller's
 * signal aborted.
 */
/** `busy`: no worker was free in time; nothing was evaluated, and the same call may work later. */
export type ExpressionErrorKind = 'syntax' | 'runtime' | 'limit' | 'busy' | 'aborted'

const MESSAGE_CHARS = 500

/**
 * The failure of an expression or script. The message comes from jq or the script where it has one, cut to 500
 * characters.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  readonly kind: ExpressionErrorKind

  constructor(kind: ExpressionErrorKind, message: string, options?: ErrorOptions) {
    super(message.length > MESSAGE_CHARS ? `${message.slice(0, MESSAGE_CHARS - 1)}…` : message, options)
    this.kind = kind
  }
}
