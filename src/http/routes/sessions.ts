import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { confirmSession } from '../../accounts/confirm-session.ts'
import { endSession } from '../../accounts/end-sessions.ts'
import { endOtherSessions, endOwnSession, listSessions } from '../../accounts/own-sessions.ts'
import { type NewSession, signIn, type SessionDeps } from '../../accounts/sessions.ts'
import { type SignInCodes, signInOnce } from '../../accounts/sign-in-once.ts'
import type { TotpDeps } from '../../accounts/totp.ts'
import type { EmailVerification } from '../../accounts/email-verification.ts'
import type { PasswordResets } from '../../accounts/password-resets.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import { Secret } from '../../lib/secret.ts'
import type { SessionCookie } from '../cookie.ts'
import { type Guards, managerOf, requestActor, sessionOwnerOf } from '../guards.ts'
import { SessionParams } from '../params.ts'
import {
  Closed,
  Email,
  Nothing,
  Nullable,
  PageOf,
  PageQuery,
  problems,
  Ref,
  SentPassword,
  Time,
  TotpCode
} from '../schemas.ts'
import type { App } from '../server.ts'
import { AccountSchema, noStore } from './accounts.ts'

export interface SessionRouteDeps extends SessionDeps, TotpDeps {
  cookie: SessionCookie
  mailer: Mailer
  publicUrl: string
  passwordResets: PasswordResets
  emailVerification: EmailVerification
  signInCodes: SignInCodes
}

const SignIn = Closed(
  { email: Email, password: SentPassword, totp: Type.Optional(TotpCode) },
  { examples: [{ email: 'ada@example.com', password: 'a long pass phrase' }] }
)
const SignInCode = Closed(
  { code: Type.String({ minLength: 1, maxLength: 100 }) },
  { examples: [{ code: 'mJ5nZ3ovTz1wq0hXkq2u9a8LwVb7c6dEfGhIjKlMnOp' }] }
)
const SessionConfirmation = Closed(
  { password: SentPassword, totp: Type.Optional(TotpCode) },
  { examples: [{ password: 'a long pass phrase' }] }
)
const OwnSessionSchema = Type.Object(
  {
    id: Type.String(),
    createdAt: Time,
    lastSeenAt: { ...Time, description: 'Exact to a minute' },
    ip: Nullable(Type.String({ description: 'The address that used it last' })),
    userAgent: Nullable(Type.String({ description: 'The program that signed in, as it named itself' })),
    current: Type.Boolean({ description: 'Whether it is the session of this call' })
  },
  { $id: 'OwnSession' }
)
const SessionSchema = Type.Object({ token: Type.String(), expiresAt: Time, account: Ref(AccountSchema) })

export function sessionRoutes(app: App, deps: SessionRouteDeps, guards: Guards): void {
  app.addSchema(OwnSessionSchema)

  /** The answer with a new session. A browser keeps its token in a cookie. */
  function begin(reply: FastifyReply, { token, expiresAt, account }: NewSession): Static<typeof SessionSchema> {
    deps.cookie.set(reply, token, expiresAt)
    noStore(reply)
    return { token: token.reveal(), expiresAt: expiresAt.toISOString(), account }
  }

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
        { ...request.body, password: new Secret(request.body.password), userAgent: request.headers['user-agent'] },
        requestActor(request)
      )
      return reply.code(201).send(begin(reply, session))
    }
  )

  app.post(
    '/v1/sessions/once',
    {
      schema: {
        operationId: 'createSessionOnce',
        tags: ['accounts'],
        summary: 'Sign in with the code that the first start printed',
        description: 'From this machine only. The code works once, for 10 minutes.',
        body: SignInCode,
        response: { 201: SessionSchema, ...problems(400, 401, 403) }
      }
    },
    async (request, reply) => {
      const { code } = request.body
      const userAgent = request.headers['user-agent']
      return reply.code(201).send(begin(reply, await signInOnce(deps, { code, userAgent }, requestActor(request))))
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
      // Pages in the browser's cache contain data of the account.
      return reply.code(204).header('Clear-Site-Data', '"cache"').send(null)
    }
  )

  app.post(
    '/v1/sessions/current/confirm',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'confirmSession',
        tags: ['accounts'],
        summary: 'Confirm my password in this session',
        description:
          'For 10 minutes, calls of this session that need the password work without it. An account with a second ' +
          'factor sends a code too.',
        body: SessionConfirmation,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 429) }
      }
    },
    async (request, reply) => {
      const { password, totp } = request.body
      const owner = { ...sessionOwnerOf(request), email: managerOf(request).account.email }
      await confirmSession(deps, owner, { password: new Secret(password), totp }, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/password-resets',
    {
      schema: {
        operationId: 'requestPasswordReset',
        tags: ['accounts'],
        summary: 'Mail me a link to choose another password',
        description:
          'The answer is always the same, whether or not an account has the e-mail, and also beyond the limit.',
        security: [],
        body: Closed({ email: Email }, { examples: [{ email: 'ada@example.com' }] }),
        response: { 202: Nothing, ...problems(400) }
      }
    },
    async (request, reply) => {
      deps.passwordResets.request(request.body.email, requestActor(request))
      return reply.code(202).send()
    }
  )

  app.get(
    '/v1/account/sessions',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listSessions',
        tags: ['accounts'],
        summary: 'My sessions, newest first',
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(OwnSessionSchema)), ...problems(400, 401, 403) }
      }
    },
    async (request) => listSessions(deps, sessionOwnerOf(request), request.query)
  )

  app.delete(
    '/v1/account/sessions',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'deleteOtherSessions',
        tags: ['accounts'],
        summary: 'End my other sessions',
        querystring: Closed({ others: Type.Literal(true, { description: 'All sessions but the one of this call' }) }),
        response: { 204: Type.Null(), ...problems(400, 401, 403) }
      }
    },
    async (request, reply) => {
      await endOtherSessions(deps, sessionOwnerOf(request), requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.delete(
    '/v1/account/sessions/:sessionId',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'deleteSession',
        tags: ['accounts'],
        summary: 'End one of my sessions',
        params: SessionParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await endOwnSession(deps, sessionOwnerOf(request), request.params.sessionId, requestActor(request))
      return reply.code(204).send(null)
    }
  )
}
