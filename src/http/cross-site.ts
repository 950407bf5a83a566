import type { FastifyRequest } from 'fastify'
import { CredentialFault } from '../auth/authenticate.ts'
import { Fault } from '../lib/fault.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What made a browser send a request: a page of this site, a page of another site, or the person (a typed address, a
 * bookmark). Programs and some old browsers do not tell.
 */
type Sender = 'this_site' | 'another_site' | 'person' | 'not_told'

/**
 * Accepts the session cookie for changes only from pages of this site, because browsers add cookies by themselves.
 * @throws Fault `insufficient_scope`
 */
export function refuseCookieOfOtherSites(request: FastifyRequest, publicUrl: string): void {
  if (!SAFE_METHODS.has(request.method) && senderOf(request, publicUrl) !== 'this_site')
    throw new CredentialFault(
      'insufficient_scope',
      { why: 'cross_site', detail: 'The session cookie is accepted only in requests from this site.' },
      { kind: 'session' }
    )
}

/**
 * Refuses Basic in requests from other sites: a browser that was asked for Basic once adds it to every request by
 * itself. Programs send neither of the headers that tell browsers apart.
 * @param methods `all` if safe methods can have effects, as at listeners
 * @throws Fault `insufficient_scope`
 */
export function refuseBasicOfOtherSites(
  request: FastifyRequest,
  publicUrl: string,
  methods: 'unsafe' | 'all' = 'unsafe'
): void {
  if (methods === 'unsafe' && SAFE_METHODS.has(request.method)) return
  if (senderOf(request, publicUrl) === 'another_site')
    throw new CredentialFault(
      'insufficient_scope',
      { why: 'cross_site', detail: 'E-mail and password are not accepted in requests from other sites.' },
      { kind: 'basic' }
    )
}

/**
 * Refuses requests from pages of other sites, also after DNS rebinding (Model Context Protocol, transports).
 * @throws Fault `insufficient_scope`
 */
export function refuseForeignOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin } = request.headers
  if (origin !== undefined && !isOwnOrigin(request, origin, publicUrl))
    throw new Fault('insufficient_scope', {
      why: 'cross_site',
      detail: 'Pages of other sites must not call this URL.'
    })
}

/** Reads the headers of browsers (Fetch Metadata Request Headers, section 2.1; RFC 6454, section 7). */
function senderOf(request: FastifyRequest, publicUrl: string): Sender {
  const site = request.headers['sec-fetch-site']
  if (site === 'same-origin') return 'this_site'
  if (site === 'none') return 'person'
  if (site !== undefined) return 'another_site'
  const { origin } = request.headers
  if (origin === undefined) return 'not_told'
  return isOwnOrigin(request, origin, publicUrl) ? 'this_site' : 'another_site'
}

function isOwnOrigin(request: FastifyRequest, origin: string, publicUrl: string): boolean {
  return origin === new URL(publicUrl).origin || origin === `${request.protocol}://${request.host}`
}
