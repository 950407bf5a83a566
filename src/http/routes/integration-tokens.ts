import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ActionOrigins } from '../../actions/action-cache.ts'
import { INTEGRATION_TOKEN_SECONDS, type IntegrationTokens } from '../../actions/integration-token.ts'
import { type IssueIntegrationDeps, issueIntegrationToken } from '../../actions/issue-integration-token.ts'
import { type ActionUser, profileOf } from '../../actions/user.ts'
import { AuthenticationFailed } from '../../auth/authenticate.ts'
import { extractCredential } from '../../auth/extract-credential.ts'
import type { Principal } from '../../auth/principal.ts'
import { Fault } from '../../lib/fault.ts'
import { isId } from '../../lib/ids.ts'
import type { Database } from '../../platform/db/client.ts'
import type { WorkspaceOrigins } from '../../workspaces/origins.ts'
import { allowOrigin, answerPreflight, forbidOrigin } from '../cors.ts'
import { type Guards, principalOf, requestActor } from '../guards.ts'
import { ActionParams } from '../params.ts'
import { queryOf } from '../request.ts'
import { Nullable, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'

export interface IntegrationTokenRouteDeps extends IssueIntegrationDeps {
  database: Database
  actionOrigins: ActionOrigins
  workspaceOrigins: WorkspaceOrigins
  integrationTokens: IntegrationTokens
}

const INTEGRATION_TOKEN_PATH = '/v1/actions/:actionId/integration-token'
const PROFILE_PATH = '/v1/users/me'

const IntegrationTokenSchema = Type.Object(
  { token: Type.String(), expiresAt: Time },
  { $id: 'IntegrationToken', description: `For one user inside one action, ${INTEGRATION_TOKEN_SECONDS / 60} minutes` }
)
const UserSchema = Type.Object(
  {
    id: Type.String(),
    name: Nullable(Type.String()),
    phoneNumber: Nullable(Type.String()),
    pictureUrl: Nullable(Type.String()),
    actionPackageId: Type.String()
  },
  { $id: 'ActionUser', description: 'null if unknown' }
)

/** Issues tokens for the users of an action, and answers who the user of such a token is. */
export function integrationTokenRoutes(app: App, deps: IntegrationTokenRouteDeps, guards: Guards): void {
  for (const schema of [IntegrationTokenSchema, UserSchema]) app.addSchema(schema)
  const tags = ['actions']

  app.post(
    INTEGRATION_TOKEN_PATH,
    {
      onRequest: [allowActionsOrigin(deps), guards.principal],
      schema: {
        operationId: 'createIntegrationToken',
        tags,
        summary: 'Create an integration token for the caller',
        description:
          "For members and customers of the action's workspace. Pages may call this from the action's origins.",
        params: ActionParams,
        response: { 201: Ref(IntegrationTokenSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { token, expiresAt } = await issueIntegrationToken(
        deps,
        request.params.actionId,
        userOf(principalOf(request)),
        requestActor(request)
      )
      noStore(reply)
      return reply.code(201).send({ token: token.reveal(), expiresAt: expiresAt.toISOString() })
    }
  )

  app.options(INTEGRATION_TOKEN_PATH, { schema: { hide: true, params: ActionParams } }, async (request, reply) => {
    const action = await findAction(deps, request.params.actionId)
    return answerPreflight(request, reply, action?.origins.has(request.headers.origin ?? '') === true, ['POST'])
  })

  app.get(
    PROFILE_PATH,
    {
      onRequest: userGuard(deps),
      schema: {
        operationId: 'getCurrentUser',
        tags,
        summary: 'The user of an integration token',
        description: 'Send the token in the header `accessToken`. Other kinds of token are rejected.',
        security: [{ integrationToken: [] }],
        response: { 200: Ref(UserSchema), ...problems(400, 401, 403) }
      }
    },
    async (request, reply) => {
      const principal = principalOf(request)
      if (principal.kind !== 'action') throw new Error('the profile route ran without an action')
      noStore(reply)
      return { ...(await profileOf(deps, principal.user)), actionPackageId: principal.action.id }
    }
  )

  app.options(PROFILE_PATH, { schema: { hide: true } }, async (request, reply) => {
    const { origin } = request.headers
    const isKnown =
      origin !== undefined &&
      ((await deps.actionOrigins.isKnown(origin)) || (await deps.workspaceOrigins.isKnown(origin)))
    return answerPreflight(request, reply, isKnown, ['GET'])
  })
}

async function findAction(deps: IntegrationTokenRouteDeps, id: string) {
  return isId('act', id) ? deps.actions.get(id) : undefined
}

/** Lets pages of the action's origins read the answer, errors included. */
function allowActionsOrigin(deps: IntegrationTokenRouteDeps) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { origin } = request.headers
    reply.header('Vary', 'Origin')
    if (origin === undefined) return
    const action = await findAction(deps, (request.params as { actionId: string }).actionId)
    if (action?.origins.has(origin)) allowOrigin(reply, origin)
  }
}

/**
 * The user that an integration token can be issued for.
 * @throws Fault `insufficient_scope`
 */
function userOf(principal: Principal): ActionUser {
  if (principal.kind === 'session' || principal.kind === 'basic') return { kind: 'account', account: principal.account }
  if (principal.kind === 'customer') return { kind: 'customer', customer: principal.customer }
  throw new Fault('insufficient_scope', { why: `a ${principal.kind} is not a user` })
}

/** Reads the single credential of {@link PROFILE_PATH} from its own header, and ignores all others. */
function userGuard(deps: IntegrationTokenRouteDeps) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { origin } = request.headers
    reply.header('Vary', 'Origin')
    // Until the token is known, pages of every action may read the answer, so that errors are readable too.
    if (origin !== undefined && (await deps.actionOrigins.isKnown(origin))) allowOrigin(reply, origin)
    const verified = await deps.integrationTokens.verify(tokenOf(request))
    if (!verified || 'why' in verified) throw new AuthenticationFailed(verified ?? { why: 'not_an_integration_token' })
    request.principal = { kind: 'action', ...verified }
    if (origin === undefined) return
    if (verified.action.origins.has(origin) || (await deps.workspaceOrigins.has(verified.action.workspaceId, origin)))
      allowOrigin(reply, origin)
    else forbidOrigin(reply)
  }
}

function tokenOf(request: FastifyRequest): string {
  const { rawHeaders } = request.raw
  const tokens = rawHeaders.filter(
    (_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'accesstoken'
  )
  const others = extractCredential(rawHeaders, queryOf(request)).found
  const [token] = tokens
  if (tokens.length > 1 || (token !== undefined && others !== 'none'))
    throw new Fault('invalid_request', { why: 'several credentials', detail: 'Send exactly one credential.' })
  if (token !== undefined) return token
  if (others !== 'none') throw new AuthenticationFailed({ why: 'carrier_not_accepted' })
  throw new Fault('unauthenticated')
}
