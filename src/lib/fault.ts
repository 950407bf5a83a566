/**
 * Every error that a caller can see: its code, with status and public title. This is the contract of the API, and the
 * only such list.
 */
export const FAULTS = {
  invalid_request: { status: 400, title: 'The request is malformed.' },
  validation_failed: { status: 400, title: 'The request does not fit what this call takes.' },
  unauthenticated: { status: 401, title: 'A credential is needed.' },
  invalid_token: { status: 401, title: 'The credential is not valid.' },
  invalid_signature: { status: 401, title: 'The signature is not valid.' },
  signature_replayed: { status: 401, title: 'The signature is too old, or was used before.' },
  password_incorrect: { status: 403, title: 'The confirming password is wrong.' },
  insufficient_scope: { status: 403, title: 'This credential may not make this call.' },
  account_suspended: { status: 403, title: 'The account is suspended.' },
  workspace_suspended: { status: 403, title: 'The workspace is suspended.' },
  listener_disabled: { status: 403, title: 'The listener is switched off.' },
  confirmation_required: { status: 403, title: 'This call needs the password again.' },
  not_found: { status: 404, title: 'There is nothing here that this credential can see.' },
  method_not_allowed: { status: 405, title: 'This address does not take that method.' },
  conflict: { status: 409, title: 'The call conflicts with what is stored.' },
  payload_too_large: { status: 413, title: 'The body is larger than this call takes.' },
  unsupported_media_type: { status: 415, title: 'This call does not take a body of that type.' },
  rate_limited: { status: 429, title: 'Too many calls: try again later.' },
  internal_error: { status: 500, title: 'Something went wrong here; the request id names it in the log.' },
  flow_failed: { status: 500, title: 'The flow failed.' },
  unavailable: { status: 503, title: 'The service cannot answer this now.' }
} as const satisfies Record<string, { status: number; title: string }>

export type FaultCode = keyof typeof FAULTS

/** One place in the input that is wrong: a JSON Pointer into it (RFC 6901) and what is wrong there. */
export interface FieldFault {
  pointer: string
  message: string
  /** For text documents (YAML, JSON): where in the text, counted from 1. */
  line?: number
  column?: number
}

export interface FaultOptions {
  /** The reason in full, for the log and the owner's denials list; never sent to the caller. */
  why?: string
  /** A sentence for the caller. It must not reveal more than the code about what others own. */
  detail?: string
  errors?: readonly FieldFault[]
  headers?: Readonly<Record<string, string>>
  /** Replaces the status of the code, where the contract lets one code have several. */
  status?: number
  /** Further members of the problem document (RFC 9457, section 3.2). */
  extensions?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/**
 * A refusal with its public code. It can be thrown anywhere; the HTTP layer turns it into `application/problem+json`.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly status: number
  readonly why: string | undefined
  readonly detail: string | undefined
  readonly errors: readonly FieldFault[] | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly extensions: Readonly<Record<string, unknown>> | undefined

  constructor(code: FaultCode, options: FaultOptions = {}) {
    super(
      options.why ?? options.detail ?? FAULTS[code].title,
      options.cause === undefined ? undefined : { cause: options.cause }
    )
    this.code = code
    this.status = options.status ?? FAULTS[code].status
    this.why = options.why
    this.detail = options.detail
    this.errors = options.errors
    this.headers = options.headers
    this.extensions = options.extensions
  }
}
