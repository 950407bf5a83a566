import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { createInvitation } from '../../workspaces/invitations/create.ts'
import {
  INVITATION_DAYS_DEFAULT,
  INVITATION_DAYS_MAX,
  type InvitationDeps,
  type SentInvitation
} from '../../workspaces/invitations/invitation.ts'
import { listInvitations } from '../../workspaces/invitations/list.ts'
import { resendInvitation } from '../../workspaces/invitations/resend.ts'
import { withdrawInvitation } from '../../workspaces/invitations/withdraw.ts'
import { confirmationOf } from '../confirm.ts'
import { type Guards, membershipOf, requestActor } from '../guards.ts'
import { InvitationParams, WorkspaceParams } from '../params.ts'
import {
  Closed,
  Confirmation,
  ConfirmingPassword,
  Email,
  OneOf,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'

export interface InvitationRouteDeps extends InvitationDeps, SessionDeps {}

const Role = OneOf(['owner', 'editor', 'viewer'])
const invitationFields = { id: Type.String(), email: Type.String(), role: Role, createdAt: Time, expiresAt: Time }
const InvitationSchema = Type.Object(invitationFields, { $id: 'Invitation' })
const SentInvitationSchema = Type.Object(
  { ...invitationFields, link: Type.String({ description: 'Shown in this answer and never again' }) },
  { $id: 'SentInvitation' }
)
const NewInvitation = Closed(
  {
    email: Email,
    role: Role,
    expiresInDays: Type.Optional(
      Type.Integer({ minimum: 1, maximum: INVITATION_DAYS_MAX, description: `Default: ${INVITATION_DAYS_DEFAULT}` })
    ),
    password: ConfirmingPassword
  },
  { examples: [{ email: 'grace@example.com', role: 'editor' }] }
)

export function invitationRoutes(app: App, deps: InvitationRouteDeps, guards: Guards): void {
  app.addSchema(InvitationSchema)
  app.addSchema(SentInvitationSchema)
  const onRequest = guards.manager
  const tags = ['workspaces']

  app.post(
    '/v1/workspaces/:workspaceId/invitations',
    {
      onRequest,
      schema: {
        operationId: 'createInvitation',
        tags,
        summary: 'Invite somebody by e-mail',
        description:
          'The receiver becomes a member by accepting. If mail is set up, the gateway mails the invitation. ' +
          'Inviting an owner needs the password, or a confirmed session.',
        params: WorkspaceParams,
        body: NewInvitation,
        response: { 201: Ref(SentInvitationSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { password, ...input } = request.body
      const membership = membershipOf(request, 'owner')
      const confirmation = await confirmationOf(deps, request, { password, during: 'invitation of an owner' })
      const sent = await createInvitation(deps, membership, input, confirmation, requestActor(request))
      noStore(reply)
      return reply.code(201).send(shown(sent))
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/invitations',
    {
      onRequest,
      schema: {
        operationId: 'listInvitations',
        tags,
        summary: 'The open invitations, newest first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(InvitationSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listInvitations(deps, membershipOf(request, 'owner'), request.query)
  )

  app.delete(
    '/v1/workspaces/:workspaceId/invitations/:invitationId',
    {
      onRequest,
      schema: {
        operationId: 'withdrawInvitation',
        tags,
        summary: 'Withdraw an invitation; its link ends at once',
        params: InvitationParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'owner')
      await withdrawInvitation(deps, membership, request.params.invitationId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/workspaces/:workspaceId/invitations/:invitationId/resend',
    {
      onRequest,
      schema: {
        operationId: 'resendInvitation',
        tags,
        summary: 'Make a new link of an invitation; the earlier one ends',
        params: InvitationParams,
        body: Confirmation,
        response: { 200: Ref(SentInvitationSchema), ...problems(400, 401, 403, 404, 429) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'owner')
      const confirmation = await confirmationOf(deps, request, {
        password: request.body?.password,
        during: 'invitation of an owner'
      })
      const { invitationId } = request.params
      const sent = await resendInvitation(deps, membership, invitationId, confirmation, requestActor(request))
      noStore(reply)
      return shown(sent)
    }
  )
}

function shown({ link, ...invitation }: SentInvitation): Omit<SentInvitation, 'link'> & { link: string } {
  return { ...invitation, link: link.reveal() }
}
