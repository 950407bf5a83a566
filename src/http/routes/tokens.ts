import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { type IssueDeps, issueToken } from '../../tokens/issue.ts'
import { requireWithin } from '../../tokens/maker.ts'
import { PERMISSIONS } from '../../tokens/permissions.ts'
import { listTokens, readToken } from '../../tokens/read.ts'
import { revokeToken } from '../../tokens/revoke.ts'
import type { SigningKeys } from '../../tokens/signing-keys.ts'
import { publicToken, type TokenState } from '../../tokens/token.ts'
import { updateToken } from '../../tokens/update.ts'
import { confirmationOf, confirmManager, type Guards, makerIn, managerOf, requestActor } from '../guards.ts'
import { TokenParams } from '../params.ts'
import { timeOf } from '../request.ts'
import {
  Cidrs,
  Closed,
  ConfirmingPassword,
  CountedPageOf,
  Name,
  Nullable,
  NullableTime,
  OneOf,
  PageQuery,
  problems,
  RateLimitSchema,
  Ref,
  SentId,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'

export interface TokenRouteDeps extends IssueDeps, SessionDeps {
  signingKeys: SigningKeys
}

/** The longest lifetime that a request can set: 100 years. */
export const DAYS_MAX = 36_500
const SCOPE_IDS_MAX = 100
const STATES = ['live', 'expired', 'revoked'] as const
/** How long clients may cache the public keys: shorter than the overlap of a key rotation. */
const JWKS_MAX_AGE_SECONDS = 300

const DailyQuota = Type.Integer({
  minimum: 1,
  maximum: 1_000_000_000,
  description: 'Calls for each UTC day; null = no quota'
})
const Ids = Type.Array(SentId, { minItems: 1, maxItems: SCOPE_IDS_MAX })
const Scope = Closed(
  { workspaces: Type.Optional(Ids), listeners: Type.Optional(Ids) },
  { description: 'All listeners of these workspaces, and these listeners. null = every listener the account may call' }
)

const METADATA = { entries: 20, keyChars: 64, valueChars: 500 }
const settings = {
  enabled: Type.Optional(Type.Boolean({ description: 'false = refused until it is switched on again' })),
  description: Type.Optional(
    Nullable(Type.String({ maxLength: 500, pattern: '^[^\\u0000]*$', description: 'For people' }))
  ),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: METADATA.valueChars, pattern: '^[^\\u0000]*$' }), {
      maxProperties: METADATA.entries,
      propertyNames: { minLength: 1, maxLength: METADATA.keyChars, pattern: '^[^\\u0000]*$' },
      description: 'Texts that mean something to you, such as who uses the token'
    })
  )
}

const tokenFields = {
  id: Type.String(),
  name: Type.String(),
  format: OneOf(['opaque', 'jwt']),
  start: Type.String({ description: 'The first 12 characters of the token, or of the jti of a JWT' }),
  scope: Nullable(
    Type.Object({
      workspaces: Type.Optional(Type.Array(Type.String())),
      listeners: Type.Optional(Type.Array(Type.String()))
    })
  ),
  allowedIps: Type.Array(Type.String()),
  rateLimit: Nullable(Type.Object({ limit: Type.Integer(), windowSeconds: Type.Integer() })),
  dailyQuota: Nullable(Type.Integer({ description: 'Calls for each UTC day' })),
  enabled: Type.Boolean({ description: 'false = refused until it is switched on again' }),
  description: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  permissions: Nullable(Type.Array(Type.String(), { description: 'Of a management token; null for an API token' })),
  createdAt: Time,
  expiresAt: NullableTime,
  lastUsedAt: NullableTime,
  revokedAt: NullableTime,
  revokeReason: Nullable(Type.String()),
  replaces: Nullable(Type.String({ description: 'The token that this one replaced' })),
  replacedBy: Nullable(
    Type.String({
      description: 'The token that replaces this one, which works until `expiresAt`, the end of the overlap'
    })
  )
}
export const TokenSchema = Type.Object(tokenFields, { $id: 'Token' })
export const IssuedTokenSchema = Type.Object(
  { ...tokenFields, token: Type.String({ description: 'Shown in this answer and never again' }) },
  { $id: 'IssuedToken' }
)

const NewToken = Closed(
  {
    name: Name,
    days: Type.Integer({ minimum: 0, maximum: DAYS_MAX, description: 'Days until it expires; 0 = never' }),
    password: ConfirmingPassword,
    format: OneOf(['opaque', 'jwt'], { default: 'opaque' }),
    scope: Type.Optional(Nullable(Scope)),
    allowedIps: Type.Optional(Nullable(Cidrs)),
    rateLimit: Type.Optional(Nullable(RateLimitSchema)),
    dailyQuota: Type.Optional(Nullable(DailyQuota)),
    ...settings,
    permissions: Type.Optional(
      Type.Array(OneOf([...PERMISSIONS]), {
        minItems: 1,
        uniqueItems: true,
        description: 'Makes a management token (slm_…), which calls no listeners and makes the calls of its permissions'
      })
    )
  },
  { examples: [{ name: 'warehouse', days: 30, password: 'a long pass phrase' }] }
)

const TokenChange = Closed({
  name: Type.Optional(Name),
  scope: Type.Optional(Nullable(Scope)),
  allowedIps: Type.Optional(Nullable(Cidrs)),
  rateLimit: Type.Optional(Nullable(RateLimitSchema)),
  dailyQuota: Type.Optional(Nullable(DailyQuota)),
  expiresAt: Type.Optional(
    Nullable({ ...Time, description: 'null = never, the past = now. A later end needs the password; a JWT takes none' })
  ),
  ...settings,
  password: ConfirmingPassword
})

const TokenQuery = Closed({
  ...PageQuery,
  state: Type.Optional(
    Type.String({
      pattern: `^(${STATES.join('|')})(,(${STATES.join('|')}))*$`,
      description: 'live, expired, revoked; separate several with commas'
    })
  ),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000]*$',
      description: 'Part of the name, or the start of the token'
    })
  ),
  expiring: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: DAYS_MAX,
      description: 'Only live tokens that expire within this number of days'
    })
  )
})

export function tokenRoutes(app: App, deps: TokenRouteDeps, guards: Guards): void {
  app.addSchema(TokenSchema)
  app.addSchema(IssuedTokenSchema)

  app.post(
    '/v1/tokens',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'createToken',
        tags: ['tokens'],
        summary: 'Create a token',
        body: NewToken,
        response: { 201: Ref(IssuedTokenSchema), ...problems(400, 401, 403, 409, 429) }
      }
    },
    async (request, reply) => {
      const { password, ...input } = request.body
      const actor = requestActor(request)
      const owner = await confirmManager(deps, request, { password, during: 'token creation' })
      const issued = await issueToken(deps, owner, input, actor, makerIn(request))
      noStore(reply)
      return reply.code(201).send({ ...issued, token: issued.token.reveal() })
    }
  )

  app.get(
    '/v1/tokens',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listTokens',
        tags: ['tokens'],
        summary: "The caller's tokens, newest first",
        querystring: TokenQuery,
        response: { 200: CountedPageOf(Ref(TokenSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { state, expiring, ...filter } = request.query
      return listTokens(deps, managerOf(request).account.id, {
        ...filter,
        maker: makerIn(request),
        expiringDays: expiring,
        states: state?.split(',') as TokenState[] | undefined
      })
    }
  )

  app.get(
    '/v1/tokens/:tokenId',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getToken',
        tags: ['tokens'],
        summary: "One of the caller's tokens",
        params: TokenParams,
        response: { 200: Ref(TokenSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => {
      const { prisma } = deps.database
      const token = await readToken(prisma, managerOf(request).account.id, request.params.tokenId)
      await requireWithin(prisma, makerIn(request), token)
      return publicToken(token)
    }
  )

  app.patch(
    '/v1/tokens/:tokenId',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'updateToken',
        tags: ['tokens'],
        summary: 'Change a token',
        description:
          'A later end, a wider scope, more addresses or a higher limit need the password, or a confirmed session.',
        params: TokenParams,
        body: TokenChange,
        response: { 200: Ref(TokenSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request) => {
      const { password, expiresAt, ...rest } = request.body
      const change = {
        ...rest,
        ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt ?? undefined, '/expiresAt') ?? null })
      }
      const confirmation = await confirmationOf(deps, request, { password, during: 'change of a token' })
      const { id } = managerOf(request).account
      const { tokenId } = request.params
      return updateToken(deps, id, tokenId, change, confirmation, requestActor(request), makerIn(request))
    }
  )

  app.delete(
    '/v1/tokens/:tokenId',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'revokeToken',
        tags: ['tokens'],
        summary: 'Revoke a token at once',
        params: TokenParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { account } = managerOf(request)
      await revokeToken(deps, account.id, request.params.tokenId, requestActor(request), makerIn(request))
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        operationId: 'getJwks',
        tags: ['tokens'],
        summary: 'The public keys of JWT tokens (RFC 7517)',
        response: { 200: Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }) }
      }
    },
    async (_request, reply) => {
      reply.header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
      return { keys: (await deps.signingKeys.jwks()).keys.map((key) => ({ ...key })) }
    }
  )
}
