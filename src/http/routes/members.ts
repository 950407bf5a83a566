import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { Fault } from '../../lib/fault.ts'
import { requireRunning } from '../../workspaces/access.ts'
import { changeMember, leaveWorkspace, listMembers, type MemberDeps, removeMember } from '../../workspaces/members.ts'
import { confirmationOf, confirmedMembershipOf } from '../confirm.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { MemberParams, WorkspaceParams } from '../params.ts'
import { Closed, Confirmation, ConfirmingPassword, Email, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'
import { Role } from './workspace-schemas.ts'

export interface MemberRouteDeps extends MemberDeps, SessionDeps {}

const MemberSchema = Type.Object(
  { accountId: Type.String(), email: Type.String(), name: Type.String(), role: Role, createdAt: Time },
  { $id: 'Member' }
)

const NewMember = Closed({ email: Email, role: Role }, { examples: [{ email: 'grace@example.com', role: 'editor' }] })
const MemberChange = Closed({ role: Role, password: ConfirmingPassword })

export function memberRoutes(app: App, deps: MemberRouteDeps, guards: Guards): void {
  app.addSchema(MemberSchema)
  const onRequest = guards.manager

  app.get(
    '/v1/workspaces/:workspaceId/members',
    {
      onRequest,
      schema: {
        operationId: 'listMembers',
        tags: ['workspaces'],
        summary: 'The members of a workspace, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
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
      // The same for every e-mail, so that it does not reveal which ones have an account.
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
        summary: 'Change the role of a member',
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
        description: 'Removing an owner needs the password, or a confirmed session.',
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
