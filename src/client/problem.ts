import type { components } from './openapi.ts'

/** A problem document of the gateway (RFC 9457), with the further members that some codes have. */
export type ProblemDocument = components['schemas']['Problem'] & Readonly<Record<string, unknown>>

/** The code of an error. `unknown` if a proxy in between answered without one. */
export type ProblemCode = ProblemDocument['code'] | 'unknown'

/** The gateway, or a proxy in front of it, answered with an error. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string | undefined
  readonly requestId: string | undefined
  /** The wrong places in the request, as JSON Pointers (RFC 6901). */
  readonly errors: readonly NonNullable<ProblemDocument['errors']>[number][]
  /** Every member of the answer, such as `runId` of a failed flow. */
  readonly document: Readonly<Record<string, unknown>>
  /** The seconds of `Retry-After`, if the answer had it. */
  readonly retryAfter: number | undefined

  constructor(status: number, document: Readonly<Record<string, unknown>>, retryAfter?: number) {
    const { code, title, detail, requestId, errors } = document as Partial<ProblemDocument>
    super(detail ?? title ?? `the gateway answered ${status}`)
    this.status = status
    this.code = code ?? 'unknown'
    this.detail = detail
    this.requestId = requestId
    this.errors = errors ?? []
    this.document = document
    this.retryAfter = retryAfter
  }
}

/** There was no answer: the gateway or the network is down, or the gateway answered with a redirect. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** The problem in an unsuccessful response. `body` is the parsed body, if it is JSON. */
export function problemOf({ status, headers }: Response, body: unknown): ApiProblem {
  const requestId = headers.get('X-Request-Id')
  // A proxy in between may answer with a page.
  const document = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const known = requestId === null ? document : { requestId, ...document }
  return new ApiProblem(status, known, secondsOf(headers.get('Retry-After')))
}

/** The problem in an unsuccessful response whose body was not read yet. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  return problemOf(response, await response.json().catch(() => undefined))
}

/** Reads Retry-After, which is a number of seconds or a date (RFC 9110, section 10.2.3). */
export function secondsOf(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000)
}
