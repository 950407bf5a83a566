import type { ListenerAuth } from '../listeners/listener.ts'

import type { Permission } from '../tokens/permissions.ts'

export type Security = Record<string, string[]>[]

/**
 * The credentials of the management API: a session, a cookie, or e-mail and password. They apply to every guarded route
 * that declares no others.
 */
export const MANAGEMENT: Security = [{ session: [] }, { cookie: [] }, { basic: [] }]
/** The security of a route that management tokens may call too. The permission is listed as OpenAPI lists roles. */
export function withPermission(security: Security, permission: Permission | 'none' | undefined): Security {
  if (permission === undefined || security.length === 0) return security
  return [...security, { management: permission === 'none' ? [] : [permission] }]
}

/**
 * The credentials of a listener call: one, in exactly one of these places, or none if the listener allows anonymous
 * calls.
 */
export const LISTENER: Security = [
  { token: [] },
  { basic: [] },
  { accessTokenHeader: [] },
  { jwtTokenHeader: [] },
  { accessTokenQuery: [] },
  { tokenQuery: [] },
  { jwtTokenQuery: [] },
  {}
]

/** The security schemes of the OpenAPI document. @param publicUrl decides the name of the cookie */
export const securitySchemes = (publicUrl: string) =>
  ({
    session: {
      type: 'http',
      scheme: 'bearer',
      description: 'A session token (`sls_…`) from `POST /v1/sessions`. API tokens cannot use the management API.'
    },
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: publicUrl.startsWith('https:') ? '__Host-sluice' : 'sluice',
      description: "The console's cookie. Requests that change something are accepted only from pages of this site."
    },
    basic: { type: 'http', scheme: 'basic', description: 'E-mail and password of an account.' },
    management: {
      type: 'http',
      scheme: 'bearer',
      description: 'A management token (`slm_…`), where a permission is named: the token must have it.'
    },
    customer: {
      type: 'http',
      scheme: 'bearer',
      description: "A token signed by the back end of a workspace's customers: a customer token or an admin token."
    },
    integrationToken: {
      type: 'apiKey',
      in: 'header',
      name: 'accessToken',
      description: 'An integration token, for a user inside an action.'
    },
    token: { type: 'http', scheme: 'bearer', description: 'An API token in either form: opaque (`slc_…`) or JWT.' },
    accessTokenHeader: { type: 'apiKey', in: 'header', name: 'access_token', description: 'An API token.' },
    jwtTokenHeader: { type: 'apiKey', in: 'header', name: 'jwt_token', description: 'An API token.' },
    accessTokenQuery: {
      type: 'apiKey',
      in: 'query',
      name: 'access_token',
      description: 'An API token. Queries end up in logs and histories: prefer a header.'
    },
    tokenQuery: { type: 'apiKey', in: 'query', name: 'token', description: 'As `access_token`.' },
    jwtTokenQuery: { type: 'apiKey', in: 'query', name: 'jwt_token', description: 'As `access_token`.' }
  }) as const

/**
 * The signature of a listener's calls, by each name that its header may have. OpenAPI has no scheme for signatures, so
 * this names only the header.
 */
export function signatureSchemes(preset: string, headers: readonly string[]) {
  const description = `A signature over the body: ${preset}.`
  return Object.fromEntries(
    headers.map((name, index) => [
      index === 0 ? 'signature' : `signature-${name}`,
      { type: 'apiKey', in: 'header', name, description }
    ])
  )
}

/** The schemes for each carrier of a credential. */
const BY_CARRIER: Readonly<Record<NonNullable<ListenerAuth['carriers']>[number], readonly string[]>> = {
  bearer: ['token'],
  basic: ['basic'],
  header: ['accessTokenHeader', 'jwtTokenHeader'],
  query: ['accessTokenQuery', 'tokenQuery', 'jwtTokenQuery']
}

/** The credentials of one listener, as its `auth` restricts them. */
export function securityOfListener({ carriers, principals, anonymous }: ListenerAuth): Security {
  const byPassword = principals === undefined || principals.includes('basic')
  const byToken = principals === undefined || principals.some((kind) => kind !== 'basic')
  const schemes = (carriers ?? (Object.keys(BY_CARRIER) as (keyof typeof BY_CARRIER)[]))
    .filter((carrier) => (carrier === 'basic' ? byPassword : byToken))
    .flatMap((carrier) => BY_CARRIER[carrier])
  return [...schemes.map((scheme) => ({ [scheme]: [] })), ...(anonymous === true ? [{}] : [])]
}
