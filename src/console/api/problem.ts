/** One field that the server refused: a JSON Pointer into what was sent (RFC 6901), and what is wrong there. */
export interface FieldProblem {
  pointer: string
  message: string
  line?: number
  column?: number
}

/** A problem document of the API (RFC 9457). */
export interface ProblemDocument {
  title: string
  status: number
  code: string
  detail?: string
  requestId?: string
  errors?: FieldProblem[]
  /** Further members, such as `totp` at sign-in and `runId` of a failed flow. */
  [member: string]: unknown
}

/** The API answered with a problem. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly detail: string | undefined
  readonly requestId: string | undefined
  readonly errors: readonly FieldProblem[]
  readonly document: ProblemDocument
  /** Seconds after which another try makes sense, where the server said so. */
  readonly retryAfter: number | undefined

  constructor(document: ProblemDocument, retryAfter?: number) {
    super(document.detail ?? document.title)
    this.document = document
    this.status = document.status
    this.code = document.code
    this.detail = document.detail
    this.requestId = document.requestId
    this.errors = document.errors ?? []
    this.retryAfter = retryAfter
  }
}

/** No answer came: the gateway is down, or the network is. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'

  constructor(cause: unknown) {
    super('The gateway does not answer.', { cause })
  }
}

/** Whether the gateway as a whole cannot answer now, so that the same call may work soon. */
export function isOutage(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiProblem && error.status === 503)
}

/** What the server says of an error, as a sentence for people. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiProblem) return error.message
  return error instanceof Error ? error.message : String(error)
}
