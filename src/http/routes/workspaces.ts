import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import type { Database } from '../../platform/db/client.ts'
import { parseEgressAllow } from '../../platform/egress/index.ts'
import { ALERT_EMAILS_MAX } from '../../workspaces/alert-emails.ts'
import { createWorkspace, type WorkspaceDeps } from '../../workspaces/create.ts'
import { deleteWorkspace } from '../../workspaces/delete.ts'
import { listWorkspaces, readWorkspace } from '../../workspaces/read.ts'
import { updateWorkspace, type WorkspaceChange } from '../../workspaces/update.ts'
import { publicWorkspace } from '../../workspaces/workspace.ts'
import { confirmationOf, confirmedMembershipOf } from '../confirm.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import {
  Closed,
  Confirmation,
  ConfirmingPassword,
  Email,
  Name,
  PageOf,
  PageQuery,
  problems,
  Ref,
  WebOrigin
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'
import { authFields, NewWorkspaceSchema, RetentionDays, Slug, WorkspaceSchema } from './workspace-schemas.ts'

export interface WorkspaceRouteDeps extends WorkspaceDeps, SessionDeps {
  database: Database
  /** Entries of EGRESS_ALLOW. */
  egressAllow: readonly string[]
}

const ORIGINS_MAX = 50

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
          'Addresses that get a mail when runs, schedules or deliveries fail, when a listener refuses many calls, ' +
          'and when tokens expire or are revoked: the first at once, then at most one an hour for each flow'
      })
    ),
    ...Type.Partial(Type.Object(authFields)).properties,
    password: ConfirmingPassword
  },
  { examples: [{ jwksUri: 'https://example.com/.well-known/jwks.json', secretKeyAuth: false, maxTokenSeconds: 3600 }] }
)
const Page = Closed(PageQuery)

export function workspaceRoutes(app: App, deps: WorkspaceRouteDeps, guards: Guards): void {
  for (const schema of [WorkspaceSchema, NewWorkspaceSchema]) app.addSchema(schema)
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
        description: "Settings that verify customers' tokens need the password, or a confirmed session.",
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
}
