import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import type { Keyring } from '../../lib/keyring.ts'
import type { Changes } from '../../platform/db/changes.ts'
import { listAllTokens } from '../../tokens/admin-list.ts'
import { countRevocable, revokeAnyToken, revokeTokens } from '../../tokens/admin-revoke.ts'
import { rotateSigningKey } from '../../tokens/signing-key-rotation.ts'
import type { MailOwnersDeps } from '../../tokens/mail-owners.ts'
import { START_LENGTH, type TokenState } from '../../tokens/token.ts'
import { confirmedAdminOf } from '../confirm.ts'
import { adminOf, type Guards, requestActor } from '../guards.ts'
import { timeOf } from '../request.ts'
import { TokenParams } from '../params.ts'
import { Closed, Confirmation, CountedPageOf, Nullable, OneOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'
import { TokenSchema } from './token-schemas.ts'

export interface AdminRouteDeps extends SessionDeps, MailOwnersDeps {
  changes: Changes
  keyring: Keyring
}

export const REVOKE_IDS_MAX = 1_000
/** Shorter prefixes would match unrelated tokens. */
export const REVOKE_START_MIN = 8
const EXPIRING_DAYS_MAX = 3_650

const Text = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$' })
const Id = Type.String({ minLength: 1, maxLength: 100, pattern: '^[0-9A-Za-z_]+$' })
const Reason = Type.String({
  minLength: 1,
  maxLength: 500,
  pattern: '^[^\\u0000-\\u001f]*$',
  description: 'Stored with the token and in the audit log'
})
const States = Type.String({
  pattern: '^(live|expired|revoked)(,(live|expired|revoked))*$',
  description: 'live, expired, revoked; separate several with commas'
})

const TokenQuery = Closed({
  ...PageQuery,
  start: Type.Optional(
    Type.String({
      ...Text,
      maxLength: 4_096,
      description: `The start of the token, or of the jti of a JWT; only the first ${START_LENGTH} characters count`
    })
  ),
  accountId: Type.Optional(Id),
  workspaceId: Type.Optional({ ...Id, description: 'Tokens that may call listeners of this workspace' }),
  q: Type.Optional(
    Type.String({ ...Text, description: 'A part of the name or e-mail, how the token starts, or the jti of a JWT' })
  ),
  state: Type.Optional(States),
  expiring: Type.Optional(
    Type.Integer({ minimum: 1, maximum: EXPIRING_DAYS_MAX, description: 'Live tokens that end within so many days' })
  ),
  unusedSince: Type.Optional({ ...Time, description: 'Tokens that were created before this time and not used since' }),
  sort: OneOf(['createdAt', 'lastUsedAt'], { default: 'createdAt', description: 'Newest first' })
})
const AdminTokenSchema = Type.Object(
  { ...TokenSchema.properties, accountId: Type.String(), email: Type.String() },
  { $id: 'AdminToken' }
)

const TokenRevocation = Nullable(
  Closed({ reason: Type.Optional(Reason) }, { examples: [{ reason: 'found in a public repository' }] })
)
const TokensRevocation = Closed(
  {
    accountId: Type.Optional(Id),
    ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: REVOKE_IDS_MAX })),
    start: Type.Optional(
      Type.String({
        pattern: `^(sl[a-z]|tok)_[0-9A-Za-z]{${REVOKE_START_MIN - 4},60}$`,
        description:
          `At least ${REVOKE_START_MIN} characters of opaque tokens, or of the jti of JWTs; ` +
          `only the first ${START_LENGTH} count`
      })
    ),
    workspaceId: Type.Optional({ ...Id, description: 'Tokens that may call listeners of this workspace' }),
    reason: Reason,
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count what would be revoked' }))
  },
  {
    description: 'Exactly one of accountId, ids, start and workspaceId',
    examples: [{ start: 'slc_4fGh9xQ2', reason: 'found in a public repository' }]
  }
)

export function adminRoutes(app: App, deps: AdminRouteDeps, guards: Guards): void {
  app.addSchema(AdminTokenSchema)
  const onRequest = guards.admin
  const tags = ['admin']

  app.get(
    '/v1/admin/tokens',
    {
      onRequest,
      schema: {
        operationId: 'listAllTokens',
        tags,
        summary: 'The tokens of all accounts, newest first',
        querystring: TokenQuery,
        response: { 200: CountedPageOf(Ref(AdminTokenSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { state, expiring, unusedSince, ...filter } = request.query
      return listAllTokens(deps, adminOf(request), {
        ...filter,
        states: state?.split(',') as TokenState[] | undefined,
        expiringDays: expiring,
        unusedSince: timeOf(unusedSince, '/unusedSince')
      })
    }
  )

  app.delete(
    '/v1/admin/tokens/:tokenId',
    {
      onRequest,
      schema: {
        operationId: 'revokeAnyToken',
        tags,
        summary: 'Revoke a token of any account at once',
        params: TokenParams,
        body: TokenRevocation,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      await revokeAnyToken(deps, adminOf(request), request.params.tokenId, request.body?.reason, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/admin/tokens/revoke',
    {
      onRequest,
      schema: {
        operationId: 'revokeTokensOfAccount',
        tags,
        summary: 'Revoke many tokens at once',
        body: TokensRevocation,
        response: {
          200: Type.Object({
            revoked: Type.Optional(Type.Integer({ description: 'How many were not revoked before' })),
            count: Type.Optional(Type.Integer({ description: 'With dryRun: how many would be revoked' })),
            accounts: Type.Optional(Type.Integer({ description: 'With dryRun: of how many accounts' }))
          }),
          ...problems(400, 401, 403)
        }
      }
    },
    async (request) => {
      const { reason, dryRun, ...selector } = request.body
      if (dryRun) return countRevocable(deps, adminOf(request), selector)
      return { revoked: await revokeTokens(deps, adminOf(request), selector, reason, requestActor(request)) }
    }
  )

  app.post(
    '/v1/admin/signing-keys/rotate',
    {
      onRequest,
      schema: {
        operationId: 'rotateSigningKey',
        tags,
        summary: 'Sign JWTs with a new key',
        description: 'Earlier keys stay in the key set and verify the tokens they signed.',
        body: Confirmation,
        response: { 201: Type.Object({ kid: Type.String(), createdAt: Time }), ...problems(400, 401, 403, 429) }
      }
    },
    async (request, reply) => {
      const admin = await confirmedAdminOf(deps, request, {
        password: request.body?.password,
        during: 'rotation of the signing key'
      })
      return reply.code(201).send(await rotateSigningKey(deps, admin, requestActor(request)))
    }
  )
}
