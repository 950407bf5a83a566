import { Type } from 'typebox'
import type { PasswordCheckDeps } from '../../accounts/check-password.ts'
import type { Audit } from '../../audit.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Database } from '../../platform/db/client.ts'
import {
  type Policy,
  readInstallationPolicy,
  readWorkspacePolicy,
  replaceInstallationPolicy,
  replaceWorkspacePolicy
} from '../../workspaces/policy.ts'
import { confirmedPolicyAdminOf } from '../confirm.ts'
import { type Guards, membershipOf, policyAdminOf, policyOwnerOf, requestActor } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { Closed, ConfirmingPassword, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import { DAYS_MAX } from './token-schemas.ts'

export interface PolicyRouteDeps extends PasswordCheckDeps {
  database: Database
  changes: Changes
  audit: Audit
}

const DOMAINS_MAX = 100
const UNUSED_DAYS_MAX = 3_650

const rules = {
  maxDays: Type.Optional(Type.Integer({ minimum: 1, maximum: DAYS_MAX, description: 'The longest life of a token' })),
  allowUnlimited: Type.Optional(
    Type.Boolean({ description: 'Whether tokens may have no expiry; by default they may, unless there is maxDays' })
  ),
  unusedDays: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: UNUSED_DAYS_MAX,
      description: 'Tokens that were not used for this long are revoked, after a notice'
    })
  ),
  requireSecondFactor: Type.Optional(
    Type.Boolean({ description: 'Whether admins and owners need a second factor for what only they may do' })
  ),
  signupDomains: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: '^[^\\u0000-\\u0020@/]+$' }), {
      maxItems: DOMAINS_MAX,
      uniqueItems: true,
      description: 'The only domains of e-mails that may sign up, compared exactly'
    })
  )
}
const PolicySchema = Type.Object(rules, { $id: 'Policy', description: 'An absent rule restricts nothing' })
const WorkspacePolicyBody = Closed(rules, { examples: [{ maxDays: 90, allowUnlimited: false }, {}] })
const InstallationPolicyBody = Closed(
  { ...rules, password: ConfirmingPassword },
  { examples: [{ maxDays: 365, allowUnlimited: false, unusedDays: 90, requireSecondFactor: true }, {}] }
)

/**
 * The policies of the installation and of workspaces. Those who may set a policy need no second factor here, even if
 * the policy asks for one: with the password alone they could also turn a second factor on.
 */
export function policyRoutes(app: App, deps: PolicyRouteDeps, guards: Guards): void {
  app.addSchema(PolicySchema)

  app.get(
    '/v1/admin/policy',
    {
      onRequest: guards.policyAdmin,
      schema: {
        operationId: 'getInstallationPolicy',
        tags: ['admin'],
        summary: 'The policy of the installation',
        response: { 200: Ref(PolicySchema), ...problems(401, 403) }
      }
    },
    async (request) => {
      policyAdminOf(request)
      return readInstallationPolicy(deps.database.prisma)
    }
  )

  app.put(
    '/v1/admin/policy',
    {
      onRequest: guards.policyAdmin,
      schema: {
        operationId: 'setInstallationPolicy',
        tags: ['admin'],
        summary: 'Replace the policy of the installation',
        description:
          'Existing tokens stay as they are; only unusedDays applies to them too. Needs your password, or a ' +
          'confirmed session.',
        body: InstallationPolicyBody,
        response: { 200: Ref(PolicySchema), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { password, ...policy } = request.body
      const admin = await confirmedPolicyAdminOf(deps, request, { password, during: 'change of the policy' })
      return replaceInstallationPolicy(deps, admin, policy as Policy, requestActor(request))
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/policy',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getWorkspacePolicy',
        tags: ['workspaces'],
        summary: 'The policy of a workspace',
        params: WorkspaceParams,
        response: { 200: Ref(PolicySchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readWorkspacePolicy(deps, membershipOf(request, 'viewer'))
  )

  app.put(
    '/v1/workspaces/:workspaceId/policy',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'setWorkspacePolicy',
        tags: ['workspaces'],
        summary: 'Replace the policy of a workspace',
        description:
          'It applies in addition to the policy of the installation. Existing tokens stay as they are; only ' +
          'unusedDays applies to them too.',
        params: WorkspaceParams,
        body: WorkspacePolicyBody,
        response: { 200: Ref(PolicySchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      replaceWorkspacePolicy(deps, policyOwnerOf(request), request.body as Policy, requestActor(request))
  )
}
