import { Type, type Static } from 'typebox'
import type { FastifyReply } from 'fastify'
import { changePassword } from '../../accounts/change-password.ts'
import { createAccount, type CreateAccountDeps } from '../../accounts/create.ts'
import { endSession, signIn, type SessionDeps } from '../../accounts/sessions.ts'
import { readAccount } from '../../accounts/read.ts'
import type { TotpDeps } from '../../accounts/totp.ts'
import { updateAccount } from '../../accounts/update.ts'
import type { Changes } from '../../platform/db/changes.ts'
import { Fault } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'
import type { SessionCookie } from '../cookie.ts'
import { type Guards, managerOf, requestActor } from '../guards.ts'
import {
  Closed,
  Email,
  Name,
  Nullable,
  NullableTime,
  OneOf,
  problems,
  Ref,
  SentPassword,
  Time,
  TotpCode
} from '../schemas.ts'
import type { App } from '../server.ts'

export interface AccountRouteDeps extends CreateAccountDeps, SessionDeps, TotpDeps {
  changes: Changes
  signup: 'open' | 'closed'
  cookie: SessionCookie
}

const PhoneNumber = Type.String({ pattern: '^\\+?[0-9 ().-]{3,32}$' })
const PictureUrl = Type.String({ format: 'web-url', maxLength: 2048 })

export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: OneOf(['user', 'admin']),
    phoneNumber: Nullable(Type.String()),
    pictureUrl: Nullable(Type.String()),
    createdAt: Time,
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
const SignIn = Closed(
  { email: Email, password: SentPassword, totp: Type.Optional(TotpCode) },
  { examples: [{ email: 'ada@example.com', password: 'a long pass phrase' }] }
)
const AccountChange = Closed({
  name: Type.Optional(Name),
  phoneNumber: Type.Optional(Nullable(PhoneNumber)),
  pictureUrl: Type.Optional(Nullable(PictureUrl))
})
const PasswordChange = Closed({ password: SentPassword, newPassword: SentPassword })
const SessionSchema = Type.Object({ token: Type.String(), expiresAt: Time, account: Ref(AccountSchema) })

export function accountRoutes(app: App, deps: AccountRouteDeps, guards: Guards): void {
  app.addSchema(AccountSchema)

  app.post(
    '/v1/accounts',
    {
      schema: {
        operationId: 'createAccount',
        tags: ['accounts'],
        summary: 'Sign up',
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
      const account = await createAccount(deps, { ...rest, password: new Secret(password) }, requestActor(request))
      return reply.code(201).send(account)
    }
  )

  app.post(
    '/v1/sessions',
    {
      schema: {
        operationId: 'createSession',
        tags: ['accounts'],
        summary: 'Sign in',
        body: SignIn,
        response: { 201: SessionSchema, ...problems(400, 401, 403, 429) }
      }
    },
    async (request, reply) => {
      const session = await signIn(
        deps,
        request.body.email,
        new Secret(request.body.password),
        request.body.totp,
        requestActor(request)
      )
      deps.cookie.set(reply, session.token, session.expiresAt)
      noStore(reply)
      return reply
        .code(201)
        .send({ token: session.token.reveal(), expiresAt: session.expiresAt.toISOString(), account: session.account })
    }
  )

  app.delete(
    '/v1/sessions/current',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'deleteCurrentSession',
        tags: ['accounts'],
        summary: 'Sign out',
        response: { 204: Type.Null(), ...problems(401, 403) }
      }
    },
    async (request, reply) => {
      const principal = managerOf(request)
      if (principal.kind === 'session') await endSession(deps, principal.sessionId, requestActor(request))
      deps.cookie.clear(reply)
      return reply.code(204).send(null)
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
      const principal = managerOf(request)
      const owner = {
        accountId: principal.account.id,
        email: principal.account.email,
        sessionId: principal.kind === 'session' ? principal.sessionId : undefined
      }
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
