import { Type } from 'typebox'
import type { CreateAccountDeps } from '../../accounts/create.ts'
import { findLink, openedLink, publicLink } from '../../accounts/links/find-link.ts'
import { type SetPasswordDeps, setPasswordByLink } from '../../accounts/links/set-password.ts'
import { verifyEmailByLink } from '../../accounts/links/verify-email.ts'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { Secret } from '../../lib/secret.ts'
import type { Database } from '../../platform/db/client.ts'
import { acceptAsAccount, acceptByNewAccount } from '../../workspaces/invitations/accept.ts'
import { type Guards, requestActor, visitorOf } from '../guards.ts'
import { LinkParams } from '../params.ts'
import { Closed, Name, OneOf, problems, SentPassword, Time } from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'

export interface LinkRouteDeps extends CreateAccountDeps, SetPasswordDeps, SessionDeps {
  database: Database
}

const workspace = Type.Optional(
  Type.Object(
    { id: Type.String(), name: Type.String(), role: OneOf(['owner', 'editor', 'viewer']) },
    { description: 'Of an invitation' }
  )
)
const purpose = OneOf(['account', 'reset', 'verify', 'invitation'])
const LinkSchema = Type.Object(
  { purpose, email: Type.String(), expiresAt: Time, workspace },
  { $id: 'Link', description: 'What a link is for' }
)
const UsedLinkSchema = Type.Object({ purpose, email: Type.String(), workspace }, { $id: 'UsedLink' })

const Answer = Closed(
  {
    password: Type.Optional({
      ...SentPassword,
      description: 'The new password. To prove an e-mail: the password of the account'
    }),
    name: Type.Optional(Name),
    mailCode: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{43}$',
        description: 'The part of the mailed link after the #. With it, the e-mail counts as proven'
      })
    )
  },
  { examples: [{ password: 'a long pass phrase', name: 'Ada' }] }
)

/** Reads and uses the links that admins, owners and the gateway send. Their code is the credential. */
export function linkRoutes(app: App, deps: LinkRouteDeps, guards: Guards): void {
  app.addSchema(LinkSchema)
  app.addSchema(UsedLinkSchema)
  const tags = ['accounts']

  app.get(
    '/v1/links/:code',
    {
      schema: {
        operationId: 'getLink',
        tags,
        summary: 'What a link is for; does not use it up',
        security: [],
        params: LinkParams,
        response: { 200: Type.Ref('Link'), ...problems(404) }
      }
    },
    async (request, reply) => {
      noStore(reply)
      return publicLink(await findLink(deps, request.params.code))
    }
  )

  app.post(
    '/v1/links/:code',
    {
      schema: {
        operationId: 'acceptLink',
        tags,
        summary: 'Set the password, prove the e-mail or accept the invitation that a link is for',
        description:
          'Accept an invitation in a session of the invited account, with an empty object. If no account has the ' +
          'e-mail, send a password and a name, which creates one. Prove an e-mail in a session of its account with ' +
          'an empty object, or with the password of the account. Only a successful call uses the link up. The call ' +
          'signs nobody in.',
        security: [],
        params: LinkParams,
        body: Answer,
        response: { 200: Type.Ref('UsedLink'), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { password, name, mailCode } = request.body
      const link = openedLink(await findLink(deps, request.params.code), mailCode)
      const answer = { password: password === undefined ? undefined : new Secret(password), name }
      if (link.purpose === 'verify') {
        await guards.visitor(request, reply)
        await verifyEmailByLink(deps, link, visitorOf(request), answer, requestActor(request))
      } else if (!link.invitation) await setPasswordByLink(deps, link, answer, requestActor(request))
      else {
        await guards.visitor(request, reply)
        const caller = visitorOf(request)
        const invited = await deps.database.prisma.account.findUnique({
          where: { email: link.email },
          select: { id: true }
        })
        if (caller || invited) await acceptAsAccount(deps, link, caller, requestActor(request))
        else await acceptByNewAccount(deps, link, answer, requestActor(request))
      }
      noStore(reply)
      const { expiresAt: _, ...used } = publicLink(link)
      return used
    }
  )
}
