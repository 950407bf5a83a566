import { Type } from 'typebox'
import { setRoleAndSuspension } from '../../accounts/administer.ts'
import { listAccounts } from '../../accounts/read.ts'
import { type Audit, listAudit } from '../../audit.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Keyring } from '../../lib/keyring.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Database } from '../../platform/db/client.ts'
import { listAllTokens } from '../../tokens/admin-list.ts'
import { revokeAnyToken, revokeTokens } from '../../tokens/admin-revoke.ts'
import { rotateSigningKey } from '../../tokens/signing-key-rotation.ts'
import type { TokenState } from '../../tokens/token.ts'
import { adminOf, type Guards, requestActor } from '../guards.ts'
import { timeOf } from '../request.ts'
import { AccountParams, TokenParams } from '../params.ts'
import { Closed, Nullable, OneOf, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'
import { AccountSchema } from './accounts.ts'
import { TokenSchema } from './tokens.ts'

export interface AdminRouteDeps {
  database: Database
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
}

export const REVOKE_IDS_MAX = 1_000
/** Shorter prefixes would match unrelated tokens. */
export const REVOKE_START_MIN = 8
const START_LENGTH = 12

const Role = OneOf(['user', 'admin'])
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

const AccountQuery = Closed({
  ...PageQuery,
  q: Type.Optional(Type.String({ ...Text, description: 'Part of the e-mail or of the name' })),
  role: Type.Optional(Role),
  suspended: Type.Optional(Type.Boolean())
})
const AccountStateChange = Closed(
  { role: Type.Optional(Role), suspended: Type.Optional(Type.Boolean()) },
  { examples: [{ suspended: true }] }
)

const TokenQuery = Closed({
  ...PageQuery,
  start: Type.Optional(Type.String({ ...Text, description: 'The first characters of the token, if known' })),
  accountId: Type.Optional(Id),
  q: Type.Optional(Type.String({ ...Text, description: 'Part of the name, or the start of the token' })),
  state: Type.Optional(States)
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
        pattern: `^slc_[0-9A-Za-z]{${REVOKE_START_MIN - 4},${START_LENGTH - 4}}$`,
        description:
          `The first ${REVOKE_START_MIN} to ${START_LENGTH} characters of opaque tokens. ` +
          'JWTs all start with the same characters: revoke them by ids or account'
      })
    ),
    reason: Reason
  },
  {
    description: 'Exactly one of accountId, ids and start',
    examples: [{ start: 'slc_4fGh9xQ2', reason: 'found in a public repository' }]
  }
)

const AuditQuery = Closed({
  ...PageQuery,
  actorId: Type.Optional(Id),
  action: Type.Optional(
    Type.String({ pattern: '^[a-z_]+\\.[a-z_]+$', maxLength: 60, description: 'For example token.revoked' })
  ),
  target: Type.Optional(Text),
  since: Type.Optional({ ...Time, description: 'Entries at or after this time' }),
  until: Type.Optional({ ...Time, description: 'Entries before this time' })
})
const NullableText = Nullable(Type.String())
const AuditEventSchema = Type.Object(
  {
    id: Type.String(),
    at: Time,
    action: Type.String(),
    actorKind: OneOf(['account', 'token', 'customer', 'workspace', 'action', 'system', 'anonymous']),
    actorId: NullableText,
    target: NullableText,
    workspaceId: NullableText,
    ip: NullableText,
    requestId: NullableText,
    details: Type.Record(Type.String(), Type.Unknown())
  },
  {
    $id: 'AuditEvent',
    examples: [
      {
        id: 'evt_7RkzS1vXw0qLbNcYt3mPuE',
        at: '2026-11-21T09:30:00.000Z',
        action: 'token.revoked',
        actorKind: 'account',
        actorId: 'acc_1uVb8WsKd5nQyZ0hCfMr2L',
        target: 'tok_9GjXe4TqHs7oAiDp6wBzVk',
        workspaceId: null,
        ip: '192.0.2.7',
        requestId: 'req_4Wm0aTqk1ZCr8dBn2xJfLs',
        details: { name: 'warehouse', reason: 'left the company' }
      }
    ]
  }
)

export function adminRoutes(app: App, deps: AdminRouteDeps, guards: Guards): void {
  app.addSchema(AdminTokenSchema)
  app.addSchema(AuditEventSchema)
  const onRequest = guards.admin
  const tags = ['admin']

  app.get(
    '/v1/admin/accounts',
    {
      onRequest,
      schema: {
        operationId: 'listAccounts',
        tags,
        summary: 'Every account, newest first',
        querystring: AccountQuery,
        response: { 200: PageOf(Ref(AccountSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => listAccounts(deps, adminOf(request), request.query)
  )

  app.patch(
    '/v1/admin/accounts/:accountId',
    {
      onRequest,
      schema: {
        operationId: 'administerAccount',
        tags,
        summary: 'Promote, demote, suspend or restore an account',
        description:
          'Suspension ends the sessions of the account and disables its credentials at once. ' +
          'Admins cannot demote or suspend themselves or the last admin.',
        params: AccountParams,
        body: AccountStateChange,
        response: { 200: Ref(AccountSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request) =>
      setRoleAndSuspension(deps, adminOf(request), request.params.accountId, request.body, requestActor(request))
  )

  app.get(
    '/v1/admin/tokens',
    {
      onRequest,
      schema: {
        operationId: 'listAllTokens',
        tags,
        summary: 'The tokens of all accounts, newest first',
        querystring: TokenQuery,
        response: { 200: PageOf(Ref(AdminTokenSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { state, ...filter } = request.query
      return listAllTokens(deps, adminOf(request), { ...filter, states: state?.split(',') as TokenState[] | undefined })
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
          200: Type.Object({ revoked: Type.Integer({ description: 'Number of tokens that this call revoked' }) }),
          ...problems(400, 401, 403)
        }
      }
    },
    async (request) => {
      const { reason, ...selector } = request.body
      return { revoked: await revokeTokens(deps, adminOf(request), selector, reason, requestActor(request)) }
    }
  )

  app.get(
    '/v1/admin/audit',
    {
      onRequest,
      schema: {
        operationId: 'listAuditEntries',
        tags,
        summary: 'The audit log, newest first',
        querystring: AuditQuery,
        response: { 200: PageOf(Ref(AuditEventSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { since, until, ...filter } = request.query
      return listAudit(deps, adminOf(request), {
        ...filter,
        since: timeOf(since, '/since'),
        until: timeOf(until, '/until')
      })
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
        response: { 201: Type.Object({ kid: Type.String(), createdAt: Time }), ...problems(401, 403) }
      }
    },
    async (request, reply) =>
      reply.code(201).send(await rotateSigningKey(deps, adminOf(request), requestActor(request)))
  )
}
