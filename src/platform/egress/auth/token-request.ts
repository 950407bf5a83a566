import { decodeJwt } from 'jose'
import { Secret } from '../../../lib/secret.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Egress } from '../egress.ts'
import { isBearerToken } from './authorization-headers.ts'
import { clientCredentials } from './client-authentication.ts'
import { AuthenticationError } from './error.ts'
import { hostOf, requestJson } from './discovery.ts'
import type { OAuthPolicy } from './policy.ts'

/** The token endpoint's answer. */
export interface Grant {
  token: Secret
  /** Undefined if the server did not state it. */
  lifetimeMs: number | undefined
  /** A new refresh token replaces the old one (RFC 6749, section 6). */
  refreshToken: Secret | undefined
}

/**
 * The form of RFC 6749's error codes. No other text of the server is shown to the author, because it could repeat the
 * request.
 */
const ERROR_CODE = /^[a-z_]{1,40}$/

/**
 * Sends one request to the token endpoint (RFC 6749, sections 4.3.2, 4.4.2 and 6).
 * @param refreshToken replaces the policy's own, once the server has issued a new one
 * @throws {AuthenticationError} `token_request` or `token_response`, or `invalid_policy` if the client lacks a property
 */
export async function requestToken(
  egress: Egress,
  clock: Clock,
  policy: OAuthPolicy,
  endpoint: string,
  refreshToken?: Secret
): Promise<Grant> {
  const client = await clientCredentials(policy, endpoint, clock)
  const parameters = { ...grantParameters(policy, refreshToken), ...client.parameters }
  const json = policy.encoding === 'application/json'
  const { status, members } = await requestJson(
    egress,
    {
      method: 'POST',
      url: endpoint,
      headers: {
        'content-type': policy.encoding,
        ...(client.authorization === undefined ? {} : { authorization: client.authorization })
      },
      body: json ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString(),
      // A redirect would send the credentials in the body to any host that it names.
      redirect: 'manual',
      // A server may invalidate a refresh token when it is used. Requests for other grants can be repeated.
      mayRepeat: () => policy.grant !== 'refresh_token'
    },
    'token_request'
  )

  const host = hostOf(endpoint)
  if (status !== 200) {
    const { error } = members
    const code = typeof error === 'string' && ERROR_CODE.test(error) ? ` ${error}` : ''
    throw new AuthenticationError('token_request', `The token endpoint of ${host} answered ${status}${code}`)
  }
  return readGrant(members, policy, host)
}

function grantParameters(policy: OAuthPolicy, refreshToken: Secret | undefined): Record<string, string> {
  const parameters: Record<string, string> = { grant_type: policy.grant }
  const scopes = scopesOf(policy)
  if (scopes.length > 0) parameters['scope'] = scopes.join(' ')
  if (policy.audiences.length > 0) parameters['audience'] = policy.audiences.join(' ')
  if (policy.grant === 'password') {
    parameters['username'] = policy.username ?? ''
    parameters['password'] = policy.password?.reveal() ?? ''
  }
  if (policy.grant === 'refresh_token')
    parameters['refresh_token'] = (refreshToken ?? policy.refreshToken)?.reveal() ?? ''
  return parameters
}

/**
 * Adds `openid` to a password grant, which authenticates a person (OpenID Connect Core, section 3.1.2.1). It is not
 * added to `client_credentials`, where no person takes part and many servers refuse it.
 */
function scopesOf({ scheme, grant, scopes }: OAuthPolicy): readonly string[] {
  const authenticates = scheme === 'oidc' && grant === 'password'
  return authenticates && !scopes.includes('openid') ? ['openid', ...scopes] : scopes
}

function readGrant(members: Readonly<Record<string, unknown>>, policy: OAuthPolicy, host: string): Grant {
  const { access_token: token, token_type: type, expires_in: expiresIn, refresh_token: refreshToken } = members
  const unusable = (what: string): AuthenticationError =>
    new AuthenticationError('token_response', `The token endpoint of ${host} answered ${what}`)
  if (typeof token !== 'string' || !isBearerToken(token)) throw unusable('without a usable access_token')
  // RFC 6749, section 7.1: a client must not use a token whose type it does not know.
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer'))
    throw unusable('with a token that is not a Bearer token')
  checkIssuer(token, policy, unusable)
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn
  return {
    token: new Secret(token),
    lifetimeMs: typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? new Secret(refreshToken) : undefined
  }
}

/**
 * The DSL's `issuers`: the accepted issuers of tokens, read from the token itself. For `oidc`, the issuer of an opaque
 * token is the discovered one.
 */
function checkIssuer(
  token: string,
  { scheme, issuers }: OAuthPolicy,
  unusable: (what: string) => AuthenticationError
): void {
  if (issuers.length === 0) return
  const issuer = issuerOf(token)
  if (issuer === undefined && scheme === 'oidc') return
  if (issuer === undefined) throw unusable('with a token that names no issuer, although the policy lists issuers')
  if (!issuers.includes(issuer)) throw unusable('with a token of an issuer that the policy does not list')
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}
