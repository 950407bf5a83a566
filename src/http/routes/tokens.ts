import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { type IssueDeps, issueToken } from '../../tokens/issue.ts'
import { requireWithin } from '../../tokens/management-bounds.ts'
import { listTokens, readToken } from '../../tokens/read.ts'
import { revokeToken } from '../../tokens/revoke.ts'
import type { SigningKeys } from '../../tokens/signing-keys.ts'
import { publicToken, type TokenState } from '../../tokens/token.ts'
import { updateToken } from '../../tokens/update.ts'
import { confirmationOf, confirmManager } from '../confirm.ts'
import { type Guards, managementBoundsOf, managerOf, requestActor } from '../guards.ts'
import { TokenParams } from '../params.ts'
import { timeOf } from '../request.ts'
import { CountedPageOf, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'
import { IssuedTokenSchema, NewToken, TokenChange, TokenQuery, TokenSchema } from './token-schemas.ts'

export interface TokenRouteDeps extends IssueDeps, SessionDeps {
  signingKeys: SigningKeys
}

/** How long clients may cache the public keys: shorter than the overlap of a key rotation. */
const JWKS_MAX_AGE_SECONDS = 300

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
      const issued = await issueToken(deps, owner, input, actor, managementBoundsOf(request))
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
        bounds: managementBoundsOf(request),
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
      await requireWithin(prisma, managementBoundsOf(request), token)
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
          'A later expiry, a wider scope, more addresses or a higher limit need the password, or a confirmed session.',
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
      return updateToken(deps, id, tokenId, change, confirmation, requestActor(request), managementBoundsOf(request))
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
      await revokeToken(deps, account.id, request.params.tokenId, requestActor(request), managementBoundsOf(request))
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
