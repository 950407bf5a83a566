import { Secret } from '../../../lib/secret.ts'
import { AuthenticationError } from './error.ts'

/**
 * The authentication of a call: the DSL's `authenticationPolicy` with its expressions evaluated and its secrets
 * wrapped.
 */
export type AuthenticationPolicy =
  | { scheme: 'basic'; username: string; password: Secret }
  | { scheme: 'bearer'; token: Secret }
  | { scheme: 'digest'; username: string; password: Secret }
  | OAuthPolicy

export type GrantType = 'client_credentials' | 'password' | 'refresh_token'
export type ClientAuthentication =
  'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt' | 'none'
export type TokenRequestEncoding = 'application/x-www-form-urlencoded' | 'application/json'

export interface OAuthPolicy {
  scheme: 'oauth2' | 'oidc'
  authority: string
  /** `oauth2` only: the token endpoint's path below the authority, or its absolute URL. */
  tokenEndpoint: string
  grant: GrantType
  client: { id?: string; secret?: Secret; assertion?: Secret; authentication: ClientAuthentication }
  encoding: TokenRequestEncoding
  /** Accepted issuers. If empty, `oauth2` does not check the issuer, and `oidc` accepts the authority itself. */
  issuers: readonly string[]
  scopes: readonly string[]
  audiences: readonly string[]
  username?: string
  password?: Secret
  /** For the grant `refresh_token`: the DSL's `subject.token`. */
  refreshToken?: Secret
}

const DEFAULT_TOKEN_ENDPOINT = '/oauth2/token'
const GRANTS: readonly GrantType[] = ['client_credentials', 'password', 'refresh_token']
const CLIENT_AUTHENTICATIONS: readonly ClientAuthentication[] = [
  'client_secret_post',
  'client_secret_basic',
  'client_secret_jwt',
  'private_key_jwt',
  'none'
]
const ENCODINGS: readonly TokenRequestEncoding[] = ['application/x-www-form-urlencoded', 'application/json']

/**
 * Parses a policy of the DSL 1.0.3 (`{ basic: { username, password } }`, …) whose expressions are evaluated and whose
 * secrets are inserted. `use: name` is not supported here: the owner of the secrets replaces it with the secret's
 * object.
 * @throws {AuthenticationError} `unsupported` or `invalid_policy`, naming the property
 */
export function readAuthenticationPolicy(value: unknown): AuthenticationPolicy {
  const policy = members(value, 'authentication')
  const schemes = Object.keys(policy)
  const [scheme = ''] = schemes
  if (schemes.length !== 1) throw invalid('authentication', 'must name exactly one scheme')
  const properties = members(policy[scheme], scheme)
  switch (scheme) {
    case 'basic':
    case 'digest':
      return {
        scheme,
        username: text(properties, 'username', scheme),
        password: new Secret(text(properties, 'password', scheme))
      }
    case 'bearer':
      return { scheme, token: new Secret(text(properties, 'token', scheme)) }
    case 'oauth2':
    case 'oidc':
      return readOAuth(scheme, properties)
    default:
      throw new AuthenticationError(
        'unsupported',
        'authentication names a scheme that is not supported: use basic, bearer, digest, oauth2 or oidc'
      )
  }
}

function readOAuth(scheme: 'oauth2' | 'oidc', properties: Members): OAuthPolicy {
  const client = members(properties['client'] ?? {}, `${scheme}.client`)
  const endpoints = members(properties['endpoints'] ?? {}, `${scheme}.endpoints`)
  const request = members(properties['request'] ?? {}, `${scheme}.request`)
  const grant = oneOf(properties, 'grant', scheme, GRANTS, undefined)
  const policy: OAuthPolicy = {
    scheme,
    authority: text(properties, 'authority', scheme),
    tokenEndpoint: optionalText(endpoints, 'token', `${scheme}.endpoints`) ?? DEFAULT_TOKEN_ENDPOINT,
    grant,
    client: {
      authentication: oneOf(client, 'authentication', `${scheme}.client`, CLIENT_AUTHENTICATIONS, 'client_secret_post')
    },
    encoding: oneOf(request, 'encoding', `${scheme}.request`, ENCODINGS, 'application/x-www-form-urlencoded'),
    issuers: texts(properties, 'issuers', scheme),
    scopes: texts(properties, 'scopes', scheme),
    audiences: texts(properties, 'audiences', scheme)
  }
  const id = optionalText(client, 'id', `${scheme}.client`)
  const secret = optionalText(client, 'secret', `${scheme}.client`)
  const assertion = optionalText(client, 'assertion', `${scheme}.client`)
  if (id !== undefined) policy.client.id = id
  if (secret !== undefined) policy.client.secret = new Secret(secret)
  if (assertion !== undefined) policy.client.assertion = new Secret(assertion)
  if (grant === 'password') {
    policy.username = text(properties, 'username', scheme)
    policy.password = new Secret(text(properties, 'password', scheme))
  }
  if (grant === 'refresh_token')
    policy.refreshToken = new Secret(
      text(members(properties['subject'] ?? {}, `${scheme}.subject`), 'token', `${scheme}.subject`)
    )
  return policy
}

type Members = Readonly<Record<string, unknown>>

function members(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'must be an object')
  return Object.assign(Object.create(null), value)
}

function text(owner: Members, key: string, path: string): string {
  const value = optionalText(owner, key, path)
  if (value === undefined) throw invalid(`${path}.${key}`, 'is missing')
  return value
}

function optionalText(owner: Members, key: string, path: string): string | undefined {
  const value = owner[key]
  if (value !== undefined && typeof value !== 'string') throw invalid(`${path}.${key}`, 'must be text')
  return value
}

function texts(owner: Members, key: string, path: string): readonly string[] {
  const value = owner[key] ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw invalid(`${path}.${key}`, 'must be a list of texts')
  return value
}

function oneOf<T extends string>(
  owner: Members,
  key: string,
  path: string,
  choices: readonly T[],
  fallback: T | undefined
): T {
  const value = optionalText(owner, key, path) ?? fallback
  if (value === undefined) throw invalid(`${path}.${key}`, 'is missing')
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined)
    throw new AuthenticationError('unsupported', `${path}.${key} is not supported: use ${choices.join(', ')}`)
  return choice
}

function invalid(path: string, message: string): AuthenticationError {
  return new AuthenticationError('invalid_policy', `${path} ${message}`)
}
