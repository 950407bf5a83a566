import type { FastifyRequest } from 'fastify'
import { Fault, type FaultCode, FAULTS, type FieldFault } from '../lib/fault.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** A problem document (RFC 9457, section 3). */
export interface Problem {
  type: string
  title: string
  status: number
  code: FaultCode
  detail?: string
  requestId: string
  traceId?: string
  errors?: readonly FieldFault[]
}

/** The problem document of a fault. It never contains the fault's `why`. */
export function problemOf(fault: Fault, requestId: string, traceId?: string): Problem {
  return {
    type: `urn:sluice:problem:${fault.code}`,
    title: FAULTS[fault.code].title,
    status: fault.status,
    code: fault.code,
    ...(fault.detail === undefined ? {} : { detail: fault.detail }),
    requestId,
    ...(traceId === undefined ? {} : { traceId }),
    ...(fault.errors === undefined ? {} : { errors: fault.errors }),
    ...fault.extensions
  }
}

/** The problem as one sentence for people and models. It names the wrong fields, if any. */
export function sentenceOf({ code, detail, errors, extensions }: Fault): string {
  if (errors?.length) return errors.map(({ pointer, message }) => `${pointer || 'The body'} ${message}`).join('; ')
  const { detail: raised, title } = extensions ?? {}
  for (const text of [detail, raised, title]) if (typeof text === 'string') return text
  return FAULTS[code].title
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The URL of a route's metadata, which its 401 contains (RFC 9728, section 5.1). */
    resourceMetadata?: string
  }
}

/**
 * The headers of an error. Every 401 names both ways to authenticate (RFC 9110, section 11.6.1; RFC 6750, section 3).
 * Basic is not offered to scripts of a page: the browser would open its password dialog, and then send those
 * credentials with every later request.
 */
export function problemHeaders(fault: Fault, request: FastifyRequest): Record<string, string | string[]> {
  if (fault.status !== 401) return { ...fault.headers }
  const metadata = request.routeOptions.config?.resourceMetadata
  const bearer = [
    'Bearer realm="sluice"',
    ...(fault.code === 'invalid_token' ? ['error="invalid_token"'] : []),
    ...(metadata === undefined ? [] : [`resource_metadata="${metadata}"`])
  ].join(', ')
  const challenges = isFromScript(request) ? [bearer] : [bearer, 'Basic realm="sluice", charset="UTF-8"']
  return { 'WWW-Authenticate': challenges, ...fault.headers }
}

/**
 * Whether a script of a page sent the request. Browsers send Fetch Metadata only to trustworthy origins; on plain http
 * to another host, `X-Requested-With` decides.
 */
function isFromScript({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-dest'] === 'empty' || headers['x-requested-with'] !== undefined
}
