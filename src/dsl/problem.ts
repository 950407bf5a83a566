/** An error of a flow, with the members of RFC 9457: `raise` makes it, `catch` reads it, a failed run ends with it. */
export interface FlowProblem {
  type: string
  status: number
  title?: string
  detail?: string
  /** JSON Pointer of the task that failed. */
  instance?: string
  /**
   * The answer of an upstream that refused the call. `catch` and the failed step see it; callers and run records do
   * not.
   */
  response?: ErrorResponse
}

/** The answer of an upstream that refused a call, with secrets masked. */
export interface ErrorResponse {
  statusCode: number
  headers: Readonly<Record<string, string | readonly string[]>>
  /** Parsed by its Content-Type like the output of a call; the beginning of its text if it is too large. */
  content: unknown
  /** Whether `content` is only the beginning. */
  truncated?: true
}

/** The error with which a run ends. The answer of an upstream is shown only by the failed step. */
export function withoutResponse(error: FlowProblem): FlowProblem {
  const { response: _response, ...problem } = error
  return problem
}

/**
 * The origin of an error: `raise` in the flow itself, an upstream, a timeout, the caller's input, or the engine
 * (limits, expressions, configuration).
 */
export type ProblemOrigin = 'raise' | 'upstream' | 'timeout' | 'input' | 'engine'

const STANDARD = {
  configuration: { status: 400, title: 'Configuration error', origin: 'engine' },
  validation: { status: 400, title: 'Validation error', origin: 'engine' },
  expression: { status: 400, title: 'Expression error', origin: 'engine' },
  authentication: { status: 401, title: 'Authentication error', origin: 'upstream' },
  authorization: { status: 403, title: 'Authorization error', origin: 'engine' },
  timeout: { status: 408, title: 'Timeout', origin: 'timeout' },
  communication: { status: 500, title: 'Communication error', origin: 'upstream' },
  runtime: { status: 500, title: 'Runtime error', origin: 'engine' }
} as const satisfies Record<string, { status: number; title: string; origin: ProblemOrigin }>

/** The standard kinds of error (DSL 1.0.3, "Standard Error Types"). */
export type ProblemKind = keyof typeof STANDARD

const TYPE_BASE = 'https://open-workflow-specification.org/spec/1.0.0/errors/'
const KINDS = Object.keys(STANDARD).join('|')
const HOSTS = 'open-workflow-specification\\.org|serverlessworkflow\\.io'
const PATHS = 'spec/\\d+\\.\\d+\\.\\d+/errors|dsl/errors/types'
const OTHER_SPELLING = new RegExp(`^https?://(?:${HOSTS})/(?:${PATHS})/(${KINDS})$`)

/** The type URI of a standard error of the DSL, such as `…/errors/timeout`. */
export function problemType(kind: ProblemKind): string {
  return TYPE_BASE + kind
}

/**
 * Whether two type URIs name the same error. The standard kinds also have older URIs (another host, another path) with
 * the same meaning.
 */
export function sameProblemType(a: string, b: string): boolean {
  return canonicalType(a) === canonicalType(b)
}

function canonicalType(type: string): string {
  const kind = OTHER_SPELLING.exec(type)?.[1]
  return kind === undefined ? type : TYPE_BASE + kind
}

export interface FlowErrorOptions {
  status?: number
  title?: string
  detail?: string
  origin?: ProblemOrigin
  response?: ErrorResponse
  /** Ends the run: no `catch` handles it. Set if a limit of the run was reached. */
  fatal?: boolean
  /** Every place in the data that the schema rejects. */
  errors?: readonly { pointer: string; message: string }[]
  cause?: unknown
}

/** An error that a flow can catch, unless it is `fatal`. Ports throw it for failures outside the flow. */
export class FlowError extends Error {
  override readonly name = 'FlowError'
  readonly problem: Readonly<FlowProblem>
  readonly origin: ProblemOrigin
  readonly fatal: boolean
  readonly errors: readonly { pointer: string; message: string }[] | undefined

  constructor(
    problem: FlowProblem,
    origin: ProblemOrigin,
    options: Pick<FlowErrorOptions, 'fatal' | 'errors' | 'cause'> = {}
  ) {
    super(
      problem.detail ?? problem.title ?? problem.type,
      options.cause === undefined ? undefined : { cause: options.cause }
    )
    this.problem = problem
    this.origin = origin
    this.fatal = options.fatal ?? false
    this.errors = options.errors
  }

  /** The same error with the task at `pointer` as its place, unless it has a place already. */
  at(pointer: string): FlowError {
    if (this.problem.instance !== undefined) return this
    return new FlowError({ ...this.problem, instance: pointer }, this.origin, {
      fatal: this.fatal,
      errors: this.errors,
      cause: this.cause
    })
  }
}

/** Makes an error of a standard kind, with the kind's status and title unless `options` name others. */
export function flowError(kind: ProblemKind, detail: string, options: FlowErrorOptions = {}): FlowError {
  const standard = STANDARD[kind]
  const problem = {
    type: problemType(kind),
    status: options.status ?? standard.status,
    title: options.title ?? standard.title,
    detail,
    ...(options.response === undefined ? {} : { response: options.response })
  }
  return new FlowError(problem, options.origin ?? standard.origin, options)
}

/**
 * The end of a run. `errors` lists the places in the input that the flow's input schema rejects, where that is the
 * reason.
 */
export type FlowOutcome =
  | { status: 'succeeded'; output: unknown }
  | {
      status: 'failed'
      error: FlowProblem
      origin: ProblemOrigin
      errors?: readonly { pointer: string; message: string }[]
    }
  | { status: 'cancelled' }
