import { Type } from 'typebox'
import { setRoleAndSuspension } from '../../accounts/administer.ts'
import type { CreateAccountDeps } from '../../accounts/create.ts'
import { inviteAccount } from '../../accounts/invite.ts'
import type { NewLink } from '../../accounts/links/link.ts'
import type { LinkDeps } from '../../accounts/links/make-account-link.ts'
import { listAccounts, readAccount } from '../../accounts/read.ts'
import { recoverAccount } from '../../accounts/recover.ts'
import type { SessionDeps } from '../../accounts/sessions.ts'
import type { Changes } from '../../platform/db/changes.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import { confirmationOf, confirmedAdminOf } from '../confirm.ts'
import { adminOf, type Guards, requestActor } from '../guards.ts'
import { AccountParams } from '../params.ts'
import {
  Closed,
  ConfirmingPassword,
  CountedPageOf,
  Email,
  Name,
  Nullable,
  OneOf,
  PageQuery,
  problems,
  Ref,
  Search,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { AccountSchema, noStore } from './accounts.ts'

export interface AdminAccountRouteDeps extends CreateAccountDeps, SessionDeps, LinkDeps {
  changes: Changes
  mailer: Mailer
}

const Role = OneOf(['user', 'admin'])
const AccountQuery = Closed({
  ...PageQuery,
  q: Type.Optional({ ...Search, description: 'Part of the e-mail or of the name' }),
  role: Type.Optional(Role),
  suspended: Type.Optional(Type.Boolean())
})
const AccountStateChange = Closed(
  {
    role: Type.Optional(Role),
    suspended: Type.Optional(Type.Boolean()),
    restoreTokens: Type.Optional(
      Type.Boolean({
        description: 'Only with suspended: false. Whether its tokens work again; by default they are revoked'
      })
    ),
    password: ConfirmingPassword
  },
  { examples: [{ suspended: true }] }
)

const NewAccount = Closed(
  { email: Email, name: Name, role: Type.Optional(Role), password: ConfirmingPassword },
  { examples: [{ email: 'grace@example.com', name: 'Grace' }] }
)
const Recovery = Nullable(
  Closed(
    {
      removeSecondFactor: Type.Optional(Type.Boolean({ description: 'Also removes the second factor' })),
      revokeTokens: Type.Optional(Type.Boolean({ description: "Also revokes the account's tokens" })),
      password: ConfirmingPassword
    },
    { description: 'Both happen when the link is used', examples: [{ removeSecondFactor: true }] }
  )
)
const linkFields = { link: Type.String({ description: 'Shown in this answer and never again' }), expiresAt: Time }

export function adminAccountRoutes(app: App, deps: AdminAccountRouteDeps, guards: Guards): void {
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
        response: { 200: CountedPageOf(Ref(AccountSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => listAccounts(deps, adminOf(request), request.query)
  )

  app.get(
    '/v1/admin/accounts/:accountId',
    {
      onRequest,
      schema: {
        operationId: 'getAnyAccount',
        tags,
        summary: 'One account',
        params: AccountParams,
        response: { 200: Ref(AccountSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readAccount(deps.database, request.params.accountId)
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
          'Suspension ends the sessions of the account, disables its credentials at once, and suspends the ' +
          'workspaces that have no other active owner. Lifting it revokes the earlier tokens unless restoreTokens ' +
          'is true. Admins cannot demote or suspend themselves or the last admin. Changing a role needs your ' +
          'password, or a confirmed session.',
        params: AccountParams,
        body: AccountStateChange,
        response: { 200: Ref(AccountSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request) => {
      const { password, ...change } = request.body
      const admin = adminOf(request)
      const confirmation = await confirmationOf(deps, request, { password, during: 'change of an account' })
      const { accountId } = request.params
      return setRoleAndSuspension(deps, admin, accountId, change, confirmation, requestActor(request))
    }
  )

  app.post(
    '/v1/admin/accounts',
    {
      onRequest,
      schema: {
        operationId: 'inviteAccount',
        tags,
        summary: 'Make an account for somebody, whether sign-up is open or closed',
        description:
          'The receiver chooses the password by the link, which is mailed if mail is set up. Needs your password, ' +
          'or a confirmed session.',
        body: NewAccount,
        response: {
          201: Type.Object({ account: Ref(AccountSchema), ...linkFields }),
          ...problems(400, 401, 403, 409, 429)
        }
      }
    },
    async (request, reply) => {
      const { password, ...input } = request.body
      const admin = await confirmedAdminOf(deps, request, { password, during: 'creation of an account' })
      const { account, ...link } = await inviteAccount(deps, admin, input, requestActor(request))
      noStore(reply)
      return reply.code(201).send({ account, ...shown(link) })
    }
  )

  app.post(
    '/v1/admin/accounts/:accountId/recovery',
    {
      onRequest,
      schema: {
        operationId: 'recoverAccount',
        tags,
        summary: 'Make a link by which the owner of an account chooses a new password',
        description: 'Needs your password, or a confirmed session.',
        params: AccountParams,
        body: Recovery,
        response: { 201: Type.Object(linkFields), ...problems(400, 401, 403, 404, 429) }
      }
    },
    async (request, reply) => {
      const { password, ...recovery } = request.body ?? {}
      const admin = await confirmedAdminOf(deps, request, { password, during: 'recovery of an account' })
      const link = await recoverAccount(deps, admin, request.params.accountId, recovery, requestActor(request))
      noStore(reply)
      return reply.code(201).send(shown(link))
    }
  )
}

function shown({ link, expiresAt }: NewLink): { link: string; expiresAt: string } {
  return { link: link.reveal(), expiresAt: expiresAt.toISOString() }
}
