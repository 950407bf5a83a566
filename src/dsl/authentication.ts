/** A call's authentication as data: DSL 1.0.3 "Authentication", its expressions evaluated and its `use` resolved. Holds secrets: never log it. */
export type HttpAuthentication =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'digest'; readonly username: string; readonly password: string }
  | OAuth2Authentication

export interface OAuth2Authentication {
  /** `oidc` finds its endpoints by discovery under the authority, `oauth2` by the paths in `endpoints`. */
  readonly scheme: 'oauth2' | 'oidc'
  readonly authority: string
  readonly grant: OAuth2Grant
  readonly client: {
    readonly id?: string
    readonly secret?: string
    readonly assertion?: string
    readonly authentication: ClientAuthentication
  }
  /** Relative to the authority. */
  readonly endpoints: { readonly token: string; readonly revocation: string; readonly introspection: string }
  readonly encoding: 'application/x-www-form-urlencoded' | 'application/json'
  readonly issuers: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** Grant `password`. */
  readonly username?: string
  readonly password?: string
  /** Grant `refresh_token`: the token is `subject.token`. */
  readonly subject?: { readonly token: string; readonly type: string }
  readonly actor?: { readonly token: string; readonly type: string }
}

export const OAUTH2_GRANTS = ['client_credentials', 'password', 'refresh_token'] as const
export type OAuth2Grant = (typeof OAUTH2_GRANTS)[number]

export const CLIENT_AUTHENTICATIONS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none'
] as const
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number]
