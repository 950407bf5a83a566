import type { FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '../lib/fault.ts'

/** How long a browser may cache the answer to a preflight. */
const PREFLIGHT_MAX_AGE_SECONDS = 600
/** The headers of an answer that a page may read. */
const EXPOSED = 'Sluice-Run-Id, Sluice-Token-Expires, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy'

/**
 * The headers that let a page of this origin read the answer (Fetch, section 3.2). Cookies are never allowed: a page
 * sends its credential explicitly or has none.
 */
export function allowedOriginHeaders(origin: string): Record<string, string> {
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED }
}

/** Lets a page of this origin read the answer. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply.headers(allowedOriginHeaders(origin))
}

/** Withdraws the permission of {@link allowOrigin} if the credential turns out to belong to another origin. */
export function forbidOrigin(reply: FastifyReply): void {
  reply.removeHeader('Access-Control-Allow-Origin')
  reply.removeHeader('Access-Control-Expose-Headers')
}

/**
 * Answers a preflight. An origin that is not allowed and a path without a route get the same answer.
 * @throws Fault `not_found`
 */
export function answerPreflight(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: boolean,
  methods: readonly string[]
): FastifyReply {
  const { origin, 'access-control-request-headers': headers } = request.headers
  reply.header('Vary', 'Origin')
  if (!allowed || origin === undefined) throw new Fault('not_found', { why: 'preflight_refused' })
  allowOrigin(reply, origin)
  return reply
    .code(204)
    .headers({
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS)
    })
    .headers(headers === undefined ? {} : { 'Access-Control-Allow-Headers': headers })
    .send()
}
