import { Type, type Static } from 'typebox'
import type { FastifyReply } from 'fastify'
import { changePassword } from '../../accounts/change-password.ts'
import type { EmailVerification } from '../../accounts/email-verification.ts'
import { signUp, type SignUpDeps } from '../../accounts/sign-up.ts'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { readAccount } from '../../accounts/read.ts'
import { updateAccount } from '../../accounts/update.ts'
import type { Changes } from '../../platform/db/changes.ts'
import { Fault } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'
import { type Guards, managerOf, requestActor, sessionOwnerOf } from '../guards.ts'
import {
  Closed,
  Email,
  Name,
  Nothing,
  Nullable,
  NullableTime,
  OneOf,
  problems,
  Ref,
  SentPassword,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'

export interface AccountRouteDeps extends SignUpDeps, SessionDeps {
  changes: Changes
  signup: 'open' | 'closed'
  emailVerification: EmailVerification
}

const PhoneNumber = Type.String({ pattern: '^\\+?[0-9 ().-]{3,32}$' })
const PictureUrl = Type.String({ format: 'web-url', maxLength: 2048 })

export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    emailVerified: Type.Boolean({ description: 'Whether its owner opened a link that was mailed to the address' }),
    name: Type.String(),
    role: OneOf(['user', 'admin']),
    phoneNumber: Nullable(Type.String()),
    pictureUrl: Nullable(Type.String()),
    createdAt: Time,
    state: OneOf(['invited', 'active', 'suspended'], { description: 'invited = the account has no password yet' }),
    suspended: Type.Boolean(),
    suspendedAt: NullableTime
  },
  { $id: 'Account' }
)

const NewAccount = Closed(
  {
    email: Email,
    password: SentPassword,
    name: Name,
    phoneNumber: Type.Optional(PhoneNumber),
    pictureUrl: Type.Optional(PictureUrl)
  },
  {
    examples: [{ email: 'ada@example.com', password: 'a long pass phrase', name: 'Ada' }]
  }
)
const AccountChange = Closed({
  name: Type.Optional(Name),
  phoneNumber: Type.Optional(Nullable(PhoneNumber)),
  pictureUrl: Type.Optional(Nullable(PictureUrl))
})
const PasswordChange = Closed({ password: SentPassword, newPassword: SentPassword })

export function accountRoutes(app: App, deps: AccountRouteDeps, guards: Guards): void {
  app.addSchema(AccountSchema)

  app.post(
    '/v1/accounts',
    {
      schema: {
        operationId: 'createAccount',
        tags: ['accounts'],
        summary: 'Sign up',
        description:
          'If mail is set up, the gateway mails a link that proves the e-mail. If a policy names domains for ' +
          'sign-up, the account can sign in only after the link was opened.',
        body: NewAccount,
        response: { 201: Ref(AccountSchema), ...problems(400, 403, 409, 429) }
      }
    },
    async (request, reply) => {
      if (deps.signup === 'closed')
        throw new Fault('insufficient_scope', {
          why: 'signup_closed',
          detail: 'Sign-up is closed; ask an admin for an account.'
        })
      const { password, ...rest } = request.body
      const account = await signUp(deps, { ...rest, password: new Secret(password) }, requestActor(request))
      return reply.code(201).send(account)
    }
  )

  app.get(
    '/v1/account',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getAccount',
        tags: ['accounts'],
        summary: 'My account',
        response: { 200: Ref(AccountSchema), ...problems(401, 403) }
      }
    },
    async (request) => readAccount(deps.database, managerOf(request).account.id)
  )

  app.patch(
    '/v1/account',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'updateAccount',
        tags: ['accounts'],
        summary: 'Change my account',
        body: AccountChange,
        response: { 200: Ref(AccountSchema), ...problems(400, 401, 403) }
      }
    },
    async (request) =>
      updateAccount(
        deps,
        managerOf(request).account.id,
        request.body as Static<typeof AccountChange>,
        requestActor(request)
      )
  )

  app.post(
    '/v1/account/email-verification',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'sendEmailVerification',
        tags: ['accounts'],
        summary: 'Mail me the link that proves my e-mail, again',
        description: 'The earlier link ends. 409 if the e-mail is proven already, or if mail is not set up.',
        response: { 202: Nothing, ...problems(401, 403, 409, 429) }
      }
    },
    async (request, reply) => {
      await deps.emailVerification.send(managerOf(request).account.id)
      return reply.code(202).send()
    }
  )

  app.post(
    '/v1/account/password',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'changePassword',
        tags: ['accounts'],
        summary: 'Change my password',
        body: PasswordChange,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 429) }
      }
    },
    async (request, reply) => {
      const owner = { ...sessionOwnerOf(request), email: managerOf(request).account.email }
      await changePassword(
        deps,
        owner,
        { current: new Secret(request.body.password), next: new Secret(request.body.newPassword) },
        requestActor(request)
      )
      return reply.code(204).send(null)
    }
  )
}

/** Keeps an answer that contains a credential out of every cache. */
export function noStore(reply: FastifyReply): void {
  reply.header('Cache-Control', 'no-store')
}
