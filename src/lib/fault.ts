import { FAULTS, type FaultCode } from './faults.ts'

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
  /** A sentence for the caller that says no more than the code does about what others own. */
  detail?: string
  errors?: readonly FieldFault[]
  headers?: Readonly<Record<string, string>>
  /** Replaces the status of the code, where the contract lets one code have several. */
  status?: number
  /** Further members of the problem document (RFC 9457, section 3.2). */
  extensions?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/** A refusal with its public code. Thrown anywhere, turned into `application/problem+json` at the border. */
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
