/** Named values an expression may read as `$name`; names are without the `$`. */
export type Variables = Readonly<Record<string, unknown>>

/** Where an expression is meant to run. `fast` ones still go to the pool for the rare input the fast path leaves to jq. */
export type ExpressionPath = 'fast' | 'pool'

/** A jq expression, compiled once and evaluated often. A pure function of its input and variables. */
export interface Expression {
  readonly source: string
  readonly path: ExpressionPath
  /**
   * The expression's result over JSON data: its one output, an array of several, null for none.
   *
   * A value when the fast path could answer, else a promise: always `await` it. What it cannot answer alone, and leaves to the pool
   * even when `path` is `fast`: errors whose words only jq knows, numbers whose text only jq knows, and work beyond its step budget.
   * Never changes its input; the result may share parts with it, so values must be treated as immutable.
   * @throws ExpressionError, or rejects with it.
   */
  evaluate(input: unknown, variables: Variables, signal?: AbortSignal): unknown | Promise<unknown>
}

/** Several expressions over the same input, evaluated together. */
export interface ExpressionGroup {
  readonly path: ExpressionPath
  /** Results in the order of the sources. One pool job when any needs the pool, else none. Otherwise like `Expression.evaluate`. */
  evaluate(input: unknown, variables: Variables, signal?: AbortSignal): unknown[] | Promise<unknown[]>
}

/** What is wrong with a source, in jq's words or ours. */
export interface SyntaxFault {
  message: string
}

/** A JavaScript program and all it can see. */
export interface ScriptJob {
  code: string
  /** JSON values. Of an object each member is a global of the script under its name; an array is the tail of `process.argv`. */
  arguments: Readonly<Record<string, unknown>> | readonly unknown[]
  stdin?: string
  environment?: Readonly<Record<string, string>>
}

/** What a script left: its result as JSON data (null where it has none) and the lines of its console. */
export interface ScriptResult {
  output: unknown
  stdout: string[]
  stderr: string[]
}

/** Counts since the start: evaluations by each path, jobs aborted (caller or limit); and how many jobs wait and workers live now. */
export interface ExpressionStats {
  fast: number
  pool: number
  aborted: number
  queued: number
  workers: number
}

/** Why an expression or script has no result. `limit`: one of `ExpressionLimits`; `aborted`: the caller's signal. */
export type ExpressionErrorKind = 'syntax' | 'runtime' | 'limit' | 'aborted'

const MESSAGE_CHARS = 500

/** An expression or script that gave no result. The message is jq's (or the script's) own where there is one, cut to 500 characters. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  readonly kind: ExpressionErrorKind

  constructor(kind: ExpressionErrorKind, message: string, options?: ErrorOptions) {
    super(message.length > MESSAGE_CHARS ? `${message.slice(0, MESSAGE_CHARS - 1)}…` : message, options)
    this.kind = kind
  }
}
