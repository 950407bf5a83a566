import type { FastifyRequest } from 'fastify'
import { CredentialFault } from '../auth/authenticate.ts'
import { Fault } from '../lib/fault.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Who made the browser send a request: a page of this site, a page of another one, or the person (an address that was
 * typed, a bookmark). Programs and some old browsers do not say.
 */
type Sender = 'this_site' | 'another_site' | 'person' | 'not_told'

/**
 * Browsers add cookies by themselves: only a page of this site may have them sent with a change.
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
 * Browsers that were once asked for Basic add it by themselves, also to requests of other sites. Programs send neither
 * of the headers that tell.
 * @param methods `all` where a safe method can have effects, as at listeners
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
 * Pages of other sites, also those whose name was made to lead here, must not reach what agents reach (Model Context
 * Protocol, transports).
 * @throws Fault `insufficient_scope`
 */
export function refuseForeignOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin } = request.headers
  if (origin !== undefined && !isOwnOrigin(request, origin, publicUrl))
    throw new Fault('insufficient_scope', {
      why: 'cross_site',
      detail: 'This address is not for pages of other sites.'
    })
}

/** Reads what browsers say (Fetch Metadata Request Headers, section 2.1; RFC 6454, section 7). */
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
