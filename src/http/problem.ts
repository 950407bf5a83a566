import type { FastifyRequest } from 'fastify'
import { Fault, type FaultCode, FAULTS, type FieldFault } from '../lib/fault.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** RFC 9457, section 3. */
export interface Problem {
  type: string
  title: string
  status: number
  code: FaultCode
  detail?: string
  requestId: string
  errors?: readonly FieldFault[]
}

/** What the caller is told of a refusal: never its `why`. */
export function problemOf(fault: Fault, requestId: string): Problem {
  return {
    type: `urn:sluice:problem:${fault.code}`,
    title: FAULTS[fault.code].title,
    status: fault.status,
    code: fault.code,
    ...(fault.detail === undefined ? {} : { detail: fault.detail }),
    requestId,
    ...(fault.errors === undefined ? {} : { errors: fault.errors }),
    ...fault.extensions
  }
}

/**
 * The headers a refusal needs: every 401 names both ways to authenticate (RFC 9110, section 11.6.1; RFC 6750, section 3). To the script of
 * a page Basic is not named: the browser would open its password dialog, and send what is typed there with every later request.
 */
export function problemHeaders(fault: Fault, request: FastifyRequest): Record<string, string | string[]> {
  if (fault.status !== 401) return { ...fault.headers }
  const bearer =
    fault.code === 'invalid_token' ? 'Bearer realm="sluice", error="invalid_token"' : 'Bearer realm="sluice"'
  const challenges = isFromScript(request) ? [bearer] : [bearer, 'Basic realm="sluice", charset="UTF-8"']
  return { 'WWW-Authenticate': challenges, ...fault.headers }
}

/** Fetch Metadata is sent to trustworthy origins only: on plain http to another machine the other header tells. */
function isFromScript({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-dest'] === 'empty' || headers['x-requested-with'] !== undefined
}
