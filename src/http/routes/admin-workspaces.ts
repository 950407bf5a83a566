import { Type } from 'typebox'
import type { Database } from '../../platform/db/client.ts'
import { listAllWorkspaces } from '../../workspaces/admin-list.ts'
import { setSuspension, type SuspensionDeps } from '../../workspaces/suspend.ts'
import { adminOf, type Guards, requestActor } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { Closed, CountedPageOf, Nullable, NullableTime, PageQuery, problems, Ref, Search, Time } from '../schemas.ts'
import type { App } from '../server.ts'

const AdministeredWorkspaceSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    owners: Type.Array(Type.Object({ id: Type.String(), email: Type.String() })),
    suspended: Type.Boolean(),
    suspendedAt: NullableTime,
    reason: Nullable(Type.String({ description: 'Why it is suspended' })),
    createdAt: Time
  },
  { $id: 'AdministeredWorkspace' }
)
const WorkspaceQuery = Closed({
  ...PageQuery,
  q: Type.Optional({ ...Search, description: "Part of the name or of an owner's e-mail, or the id" }),
  suspended: Type.Optional(Type.Boolean())
})
const Suspension = Closed(
  {
    suspended: Type.Boolean(),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        pattern: '^[^\\u0000-\\u001f]*$',
        description: 'Shown to admins and in the audit log'
      })
    )
  },
  { examples: [{ suspended: true, reason: 'attacks others through its flows' }] }
)

/** Calls by which admins list and suspend workspaces without being members. */
export function adminWorkspaceRoutes(app: App, deps: SuspensionDeps & { database: Database }, guards: Guards): void {
  app.addSchema(AdministeredWorkspaceSchema)
  const onRequest = guards.admin
  const tags = ['admin']

  app.get(
    '/v1/admin/workspaces',
    {
      onRequest,
      schema: {
        operationId: 'listAllWorkspaces',
        tags,
        summary: 'Every workspace, newest first',
        querystring: WorkspaceQuery,
        response: { 200: CountedPageOf(Ref(AdministeredWorkspaceSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => listAllWorkspaces(deps, adminOf(request), request.query)
  )

  app.patch(
    '/v1/admin/workspaces/:workspaceId',
    {
      onRequest,
      schema: {
        operationId: 'administerWorkspace',
        tags,
        summary: 'Suspend a workspace, or lift its suspension',
        description:
          'Its listeners, customers, schedules, queued runs and deliveries stop at once, and continue when the ' +
          'suspension is lifted. Missed starts of schedules are not made up. Members can still read the workspace.',
        params: WorkspaceParams,
        body: Suspension,
        response: { 200: Ref(AdministeredWorkspaceSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      setSuspension(deps, adminOf(request), request.params.workspaceId, request.body, requestActor(request))
  )
}
