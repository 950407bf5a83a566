import { LRUCache } from 'lru-cache'
import { type Clock, HOUR_MS } from '../../../lib/clock.ts'
import type { Egress, EgressRequest } from '../egress.ts'
import { EgressError } from '../error.ts'
import { AuthenticationError } from './error.ts'
import type { OAuthPolicy } from './policy.ts'

/** Finds the URL that issues the tokens of a policy. */
export type TokenEndpoint = (policy: OAuthPolicy) => Promise<string>

const MAX_DOCUMENTS = 1_000
const DOCUMENT_LIFETIME_MS = HOUR_MS
const WELL_KNOWN = '/.well-known/openid-configuration'

interface Metadata {
  issuer: string
  tokenEndpoint: string
}

/**
 * Finds a policy's token endpoint: below the authority for `oauth2`, in the discovery document for `oidc` (OpenID
 * Connect Discovery 1.0).
 */
export function createTokenEndpoint(egress: Egress, clock: Clock): TokenEndpoint {
  const documents = new LRUCache<string, Metadata>({
    max: MAX_DOCUMENTS,
    ttl: DOCUMENT_LIFETIME_MS,
    perf: clock,
    ttlResolution: 0
  })

  return async (policy) => {
    if (policy.scheme === 'oauth2') return below(policy.authority, policy.tokenEndpoint)
    let metadata = documents.get(policy.authority)
    if (metadata === undefined) {
      metadata = await discover(egress, policy.authority)
      documents.set(policy.authority, metadata)
    }
    checkIssuer(metadata.issuer, policy)
    return metadata.tokenEndpoint
  }
}

async function discover(egress: Egress, authority: string): Promise<Metadata> {
  const url = below(issuerOf(authority), WELL_KNOWN)
  const { status, members } = await requestJson(egress, { method: 'GET', url, redirect: 'follow' }, 'discovery')
  const { issuer, token_endpoint: tokenEndpoint } = members
  if (status !== 200)
    throw new AuthenticationError('discovery', `${hostOf(url)} answered ${status} for its OpenID configuration`)
  if (typeof issuer !== 'string' || typeof tokenEndpoint !== 'string')
    throw new AuthenticationError(
      'discovery',
      `The OpenID configuration of ${hostOf(url)} lacks issuer or token_endpoint`
    )
  // The document decides where the client's secret is sent. It must not choose a connection with less protection than
  // the authority's own.
  if (url.startsWith('https:') && !tokenEndpoint.startsWith('https:'))
    throw new AuthenticationError(
      'discovery',
      `The OpenID configuration of ${hostOf(url)} names a token endpoint without https`
    )
  return { issuer, tokenEndpoint }
}

/** Discovery, section 4.3: the issuer must be the requested one, or one that the policy accepts. */
function checkIssuer(issuer: string, { authority, issuers }: OAuthPolicy): void {
  const accepted = issuers.length > 0 ? issuers : [issuerOf(authority)]
  if (!accepted.some((candidate) => withoutFinalSlash(candidate) === withoutFinalSlash(issuer)))
    throw new AuthenticationError(
      'discovery',
      `The OpenID configuration of ${hostOf(authority)} belongs to another issuer`
    )
}

/** The DSL's endpoints are paths below the authority, whose own path is kept; an absolute URL is used as it is. */
function below(authority: string, path: string): string {
  if (/^https?:\/\//i.test(path)) return path
  return `${withoutFinalSlash(authority)}${path.startsWith('/') ? '' : '/'}${path}`
}

/** An authority may be the issuer, or the address of its discovery document. */
function issuerOf(authority: string): string {
  const plain = withoutFinalSlash(authority)
  return plain.endsWith(WELL_KNOWN) ? plain.slice(0, -WELL_KNOWN.length) : authority
}

function withoutFinalSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url
}

/** Answers of authorization servers have a few kilobytes; a larger one is an error. */
const MAX_BYTES = 256 * 1024
const TIMEOUT_MS = 10_000

export interface JsonAnswer {
  status: number
  /** The answer's members; empty if it is not a JSON object. Has no prototype. */
  members: Readonly<Record<string, unknown>>
}

/**
 * Sends a request to an authorization server.
 * @throws {AuthenticationError} with `code` if it does not answer
 */
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
      throw new AuthenticationError(code, `The request to the authorization server failed: ${error.message}`, {
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
