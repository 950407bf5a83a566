import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { Fault } from '../../lib/fault.ts'
import type { Database } from '../../platform/db/client.ts'
import { parseEgressAllow } from '../../platform/egress/index.ts'
import { ALGORITHM_NAMES } from '../../platform/jws/algorithms.ts'
import { requireRunning } from '../../workspaces/access.ts'
import { ALERT_EMAILS_MAX } from '../../workspaces/alert-emails.ts'
import { createWorkspace, type WorkspaceDeps } from '../../workspaces/create.ts'
import { deleteWorkspace } from '../../workspaces/delete.ts'
import { JWKS_URI_MAX_CHARS } from '../../workspaces/key-sets.ts'
import { changeMember, leaveWorkspace, listMembers, type MemberDeps, removeMember } from '../../workspaces/members.ts'
import { listWorkspaces, readWorkspace } from '../../workspaces/read.ts'
import { updateWorkspace, type WorkspaceChange } from '../../workspaces/update.ts'
import { SLUG_PATTERN } from '../../workspaces/slug.ts'
import { publicWorkspace } from '../../workspaces/workspace.ts'
import { confirmationOf, confirmedMembershipOf, type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { MemberParams, WorkspaceParams } from '../params.ts'
import {
  Closed,
  Confirmation,
  ConfirmingPassword,
  Email,
  Name,
  Nullable,
  OneOf,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Time,
  WebOrigin
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'

export interface WorkspaceRouteDeps extends WorkspaceDeps, MemberDeps, SessionDeps {
  database: Database
  /** Entries of EGRESS_ALLOW. */
  egressAllow: readonly string[]
}

const Role = OneOf(['owner', 'editor', 'viewer'], {
  description:
    'viewer: reads. editor: also changes flows, listeners and secrets. owner: also manages members and the workspace'
})

/** The highest limit for the lifetime of customers' tokens: a year. */
const TOKEN_SECONDS_MAX = 365 * 24 * 60 * 60

/** The longest retention of ended runs: ten years. Their data stays in the database for that time. */
const RETENTION_DAYS_MAX = 3_650

const ORIGINS_MAX = 50

const RetentionDays = Type.Integer({
  minimum: 1,
  maximum: RETENTION_DAYS_MAX,
  description: 'How long runs are kept after they end, and events after they are emitted'
})
const Slug = Nullable(
  Type.String({
    pattern: SLUG_PATTERN,
    maxLength: 40,
    description: 'A name for the URLs of its listeners, unique over all workspaces; null = none'
  })
)
const authFields = {
  jwksUri: Nullable(
    Type.String({
      minLength: 1,
      maxLength: JWKS_URI_MAX_CHARS,
      description: "The URL of the customers' key set (RFC 7517)"
    })
  ),
  secretKeyAuth: Type.Boolean({ description: 'Whether tokens signed with the workspace secret are accepted' }),
  algorithms: Nullable(
    Type.Array(OneOf(ALGORITHM_NAMES), {
      minItems: 1,
      maxItems: ALGORITHM_NAMES.length,
      uniqueItems: true,
      description: 'null = every algorithm that a key supports'
    })
  ),
  maxTokenSeconds: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: TOKEN_SECONDS_MAX,
      description: 'The longest lifetime of a token; null = limited only by its `exp`'
    })
  )
}

export const workspaceFields = {
  id: Type.String(),
  name: Type.String(),
  slug: Slug,
  key: Type.String({ description: "Identifies the workspace in tokens that its customers' back end signs" }),
  role: Role,
  ...authFields,
  runRetentionDays: RetentionDays,
  origins: Type.Array(Type.String()),
  alertEmails: Type.Array(Type.String(), { description: 'Who gets a mail when something goes wrong in it' }),
  suspended: Type.Boolean({ description: 'Whether an admin stopped it: it can be read, and nothing in it runs' }),
  createdAt: Time
}
const WorkspaceSchema = Type.Object(workspaceFields, { $id: 'Workspace' })
const NewWorkspaceSchema = Type.Object(
  { ...workspaceFields, secret: Type.String({ description: '64 bytes, hex. Shown in this answer and never again' }) },
  { $id: 'NewWorkspace' }
)
const MemberSchema = Type.Object(
  { accountId: Type.String(), email: Type.String(), name: Type.String(), role: Role, createdAt: Time },
  { $id: 'Member' }
)

const NewWorkspaceBody = Closed(
  { name: Name, slug: Type.Optional(Slug) },
  { examples: [{ name: 'Warehouse', slug: 'warehouse' }] }
)
const Change = Closed(
  {
    name: Type.Optional(Name),
    slug: Type.Optional(Slug),
    runRetentionDays: Type.Optional(RetentionDays),
    origins: Type.Optional(
      Type.Array(WebOrigin, {
        maxItems: ORIGINS_MAX,
        description:
          'Origins of pages that may call GET and PATCH /v1/self, /v1/users/me and the runs of a caller, by bearer'
      })
    ),
    alertEmails: Type.Optional(
      Type.Array(Email, {
        maxItems: ALERT_EMAILS_MAX,
        description:
          'Who gets a mail when runs, schedules or deliveries fail, when a listener refuses many calls, and when ' +
          'tokens expire or are revoked: the first at once, then at most one an hour of each flow'
      })
    ),
    ...Type.Partial(Type.Object(authFields)).properties,
    password: ConfirmingPassword
  },
  { examples: [{ jwksUri: 'https://example.com/.well-known/jwks.json', secretKeyAuth: false, maxTokenSeconds: 3600 }] }
)
const NewMember = Closed({ email: Email, role: Role }, { examples: [{ email: 'grace@example.com', role: 'editor' }] })
const MemberChange = Closed({ role: Role, password: ConfirmingPassword })
const Page = Closed(PageQuery)

export function workspaceRoutes(app: App, deps: WorkspaceRouteDeps, guards: Guards): void {
  for (const schema of [WorkspaceSchema, NewWorkspaceSchema, MemberSchema]) app.addSchema(schema)
  const onRequest = guards.manager
  const allow = parseEgressAllow(deps.egressAllow)

  app.post(
    '/v1/workspaces',
    {
      onRequest,
      schema: {
        operationId: 'createWorkspace',
        tags: ['workspaces'],
        summary: 'Create a workspace',
        body: NewWorkspaceBody,
        response: { 201: Ref(NewWorkspaceSchema), ...problems(400, 401, 403, 409) }
      }
    },
    async (request, reply) => {
      const { workspace, secret } = await createWorkspace(
        deps,
        managerOf(request).account.id,
        request.body,
        requestActor(request)
      )
      noStore(reply)
      return reply.code(201).send({ ...publicWorkspace(workspace, 'owner'), secret: secret.reveal() })
    }
  )

  app.get(
    '/v1/workspaces',
    {
      onRequest,
      schema: {
        operationId: 'listWorkspaces',
        tags: ['workspaces'],
        summary: 'The workspaces of the caller, newest first',
        querystring: Page,
        response: { 200: PageOf(Ref(WorkspaceSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => listWorkspaces(deps, managerOf(request).account, request.query)
  )

  app.get(
    '/v1/workspaces/:workspaceId',
    {
      onRequest,
      schema: {
        operationId: 'getWorkspace',
        tags: ['workspaces'],
        summary: 'One workspace',
        params: WorkspaceParams,
        response: { 200: Ref(WorkspaceSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readWorkspace(deps, membershipOf(request, 'viewer'))
  )

  app.patch(
    '/v1/workspaces/:workspaceId',
    {
      onRequest,
      schema: {
        operationId: 'updateWorkspace',
        tags: ['workspaces'],
        summary: "Rename a workspace, change how its customers' tokens are verified, or how long its runs are kept",
        description: "How its customers' tokens are verified is changed with the password, or in a confirmed session.",
        params: WorkspaceParams,
        body: Change,
        response: { 200: Ref(WorkspaceSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request) => {
      const { password, ...change } = request.body
      const membership = membershipOf(request, 'owner')
      const confirmation = await confirmationOf(deps, request, { password, during: 'change of a workspace' })
      const actor = requestActor(request)
      return updateWorkspace({ ...deps, allow }, membership, change as WorkspaceChange, confirmation, actor)
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId',
    {
      onRequest,
      schema: {
        operationId: 'deleteWorkspace',
        tags: ['workspaces'],
        summary: 'Delete a workspace with its flows, listeners and secrets',
        params: WorkspaceParams,
        body: Confirmation,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404, 429) }
      }
    },
    async (request, reply) => {
      const membership = await confirmedMembershipOf(deps, request, 'owner', {
        password: request.body?.password,
        during: 'deletion of a workspace'
      })
      await deleteWorkspace(deps, membership, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/members',
    {
      onRequest,
      schema: {
        operationId: 'listMembers',
        tags: ['workspaces'],
        summary: 'The members of a workspace, newest first',
        params: WorkspaceParams,
        querystring: Page,
        response: { 200: PageOf(Ref(MemberSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listMembers(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.post(
    '/v1/workspaces/:workspaceId/members',
    {
      onRequest,
      schema: {
        operationId: 'addMember',
        tags: ['workspaces'],
        summary: 'Always refused: members join by invitation',
        deprecated: true,
        params: WorkspaceParams,
        body: NewMember,
        response: { 201: Ref(MemberSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      membershipOf(request, 'owner')
      // The same for every e-mail: nothing tells which ones have an account.
      throw new Fault('invalid_request', {
        why: 'members_are_invited',
        detail: 'Members join by invitation: POST /v1/workspaces/{workspaceId}/invitations.'
      })
    }
  )

  app.patch(
    '/v1/workspaces/:workspaceId/members/:accountId',
    {
      onRequest,
      schema: {
        operationId: 'updateMember',
        tags: ['workspaces'],
        summary: 'Give a member another role',
        params: MemberParams,
        body: MemberChange,
        response: { 200: Ref(MemberSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request) => {
      const { role, password } = request.body
      const membership = await confirmedMembershipOf(deps, request, 'owner', {
        password,
        during: 'change of a role'
      })
      return changeMember(deps, membership, request.params.accountId, role, requestActor(request))
    }
  )

  app.delete(
    '/v1/workspaces/:workspaceId/members/:accountId',
    {
      onRequest,
      schema: {
        operationId: 'removeMember',
        tags: ['workspaces'],
        summary: 'Remove a member, or leave',
        description: 'An owner is removed with the password, or in a confirmed session.',
        params: MemberParams,
        body: Confirmation,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { accountId } = request.params
      const actor = requestActor(request)
      const isSelf = accountId === managerOf(request).account.id
      const [own, asOwner] = [membershipOf(request, 'viewer'), isSelf ? undefined : membershipOf(request, 'owner')]
      requireRunning(managerOf(request).account, own.workspaceId)
      const confirmation = await confirmationOf(deps, request, {
        password: request.body?.password,
        during: 'removal of a member'
      })
      if (asOwner) await removeMember(deps, asOwner, accountId, confirmation, actor)
      else await leaveWorkspace(deps, own, confirmation, actor)
      return reply.code(204).send(null)
    }
  )
}
