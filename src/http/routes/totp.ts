import { Type } from 'typebox'
import { confirmSecondFactor } from '../../accounts/second-factor.ts'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { confirmTotp, enrolTotp, readTotp, removeTotp, type TotpDeps } from '../../accounts/totp.ts'
import type { App } from '../server.ts'
import { confirmManager } from '../confirm.ts'
import { type Guards, managerOf, requestActor, sessionOwnerOf } from '../guards.ts'
import { Closed, NullableTime, problems, SentPassword, TotpCode } from '../schemas.ts'
import { noStore } from './accounts.ts'

const Confirmed = Closed({ password: SentPassword }, { examples: [{ password: 'a long pass phrase' }] })
const Removal = Closed(
  { password: SentPassword, totp: Type.Optional(TotpCode) },
  { examples: [{ password: 'a long pass phrase', totp: '123456' }] }
)
const EnrolmentSchema = Type.Object(
  {
    uri: Type.String({ description: '`otpauth://…`, for a QR code. Shown in this answer and never again' }),
    secret: Type.String({ description: 'The same secret in base32, for typing' }),
    recoveryCodes: Type.Array(Type.String(), {
      description: 'Each replaces a code once. Shown in this answer and never again'
    })
  },
  { $id: 'TotpEnrolment' }
)
const StateSchema = Type.Object(
  { enabled: Type.Boolean(), confirmedAt: NullableTime, recoveryCodesLeft: Type.Integer() },
  { $id: 'TotpState' }
)

export function totpRoutes(app: App, deps: TotpDeps & SessionDeps, guards: Guards): void {
  app.addSchema(EnrolmentSchema)
  app.addSchema(StateSchema)
  const tags = ['accounts']

  app.get(
    '/v1/account/totp',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getTotp',
        tags,
        summary: 'Whether the account has a second factor',
        response: { 200: Type.Ref('TotpState'), ...problems(401, 403) }
      }
    },
    async (request) => readTotp(deps.database, managerOf(request).account.id)
  )

  app.post(
    '/v1/account/totp',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'enrollTotp',
        tags,
        summary: 'Enroll a second factor (RFC 6238)',
        description: 'It takes effect once one of its codes has been confirmed.',
        body: Confirmed,
        response: { 201: Type.Ref('TotpEnrolment'), ...problems(400, 401, 403, 409, 429) }
      }
    },
    async (request, reply) => {
      const actor = requestActor(request)
      const owner = await confirmManager(deps, request, {
        password: request.body.password,
        during: 'second factor enrolment'
      })
      const { uri, secret, recoveryCodes } = await enrolTotp(deps, owner, actor)
      noStore(reply)
      return reply
        .code(201)
        .send({ uri: uri.reveal(), secret: secret.reveal(), recoveryCodes: recoveryCodes.map((code) => code.reveal()) })
    }
  )

  app.post(
    '/v1/account/totp/confirm',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'confirmTotp',
        tags,
        summary: 'Confirm the second factor',
        description:
          "From then on signing in requires a code, and Basic with the account's password is rejected everywhere.",
        body: Closed({ totp: TotpCode, password: Type.Optional(SentPassword) }, { examples: [{ totp: '123456' }] }),
        response: { 204: Type.Null(), ...problems(400, 401, 403, 409, 429) }
      }
    },
    async (request, reply) => {
      const { totp, password } = request.body
      if (password !== undefined)
        await confirmManager(deps, request, { password, during: 'second factor confirmation' })
      await confirmTotp(deps, sessionOwnerOf(request), totp, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.delete(
    '/v1/account/totp',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'disableTotp',
        tags,
        summary: 'Remove the second factor',
        description:
          'A confirmed second factor is removed with one of its codes, or with a recovery code. The other sessions ' +
          'end.',
        body: Removal,
        response: { 204: Type.Null(), ...problems(400, 401, 403, 429) }
      }
    },
    async (request, reply) => {
      const { password, totp } = request.body
      const owner = await confirmManager(deps, request, { password, during: 'second factor removal' })
      const actor = requestActor(request)
      await confirmSecondFactor(deps, owner.accountId, totp, actor)
      await removeTotp(deps, owner, sessionOwnerOf(request).sessionId, actor)
      return reply.code(204).send(null)
    }
  )
}
