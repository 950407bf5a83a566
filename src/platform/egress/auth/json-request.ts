import type { Egress, EgressRequest } from '../egress.ts'
import { EgressError } from '../error-piece.ts'
import { AuthenticationError } from './error.ts'

/** Authorization servers answer in a few kilobytes; this is not a way to load data. */
const MAX_BYTES = 256 * 1024
const TIMEOUT_MS = 10_000

export interface JsonAnswer {
  status: number
  /** The answer's members; none where it is not a JSON object. Has no prototype. */
  members: Readonly<Record<string, unknown>>
}

/** Asks an authorization server. @throws {AuthenticationError} with `code` where it gives no answer. */
export async function requestJson(
  egress: Egress,
  request: EgressRequest,
  code: 'discovery' | 'token_request'
): Promise<JsonAnswer> {
  try {
    const response = await egress.request({
      ...request,
      headers: { ...request.headers, accept: 'application/json' },
      totalTimeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_BYTES
    })
    return { status: response.status, members: readMembers(response.body) }
  } catch (error) {
    if (error instanceof EgressError)
      throw new AuthenticationError(code, `The authorization server could not be asked: ${error.message}`, {
        cause: error
      })
    throw error
  }
}

/** The host of a URL for messages; never its path or query. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the authority'
}

function readMembers(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString())
    return Object.assign(Object.create(null), typeof value === 'object' && !Array.isArray(value) ? value : {})
  } catch {
    return Object.create(null)
  }
}
