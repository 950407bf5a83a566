import { Type } from 'typebox'
import { inspectToken, type InspectDeps } from '../../auth/inspect.ts'
import { CREDENTIAL_KINDS } from '../../auth/inspect-checks.ts'
import type { App } from '../server.ts'
import { type Guards, managerOf } from '../guards.ts'
import { Closed, Nullable, OneOf, problems, Ref } from '../schemas.ts'
import { noStore } from './accounts.ts'

/** Longer than any valid token, so that a text that is too long gets a result instead of an error. */
const TEXT_MAX = 65_536

const Members = Type.Object({}, { additionalProperties: true })
const CheckSchema = Type.Object(
  {
    check: Type.String(),
    status: OneOf(['pass', 'fail', 'not_reached']),
    reason: Type.Optional(Type.String({ description: 'A stable name of the reason' })),
    why: Type.Optional(Type.String()),
    remedy: Type.Optional(Type.String({ description: 'How to fix it' }))
  },
  { $id: 'TokenCheck' }
)
const InspectionSchema = Type.Object(
  {
    kind: OneOf(CREDENTIAL_KINDS, {
      description: 'none: not a credential of this gateway, or one that you may not see'
    }),
    valid: Type.Boolean({ description: 'Whether a call from your address would be accepted now' }),
    issuer: Nullable(
      Type.Object({
        url: Type.Optional(Type.String()),
        workspaceId: Type.Optional(Type.String()),
        workspaceKey: Type.Optional(Type.String())
      })
    ),
    matchedKey: Nullable(Type.Object({ kid: Type.String(), name: Type.String() })),
    header: Nullable(Members),
    payload: Nullable(Members),
    subject: Nullable(Members),
    checks: Type.Array(Ref(CheckSchema), { description: 'In the order in which a call makes them' })
  },
  { $id: 'TokenInspection' }
)

/** Explains why a token is rejected, to callers that may know. */
export function inspectRoutes(app: App, deps: InspectDeps, guards: Guards): void {
  app.addSchema(CheckSchema)
  app.addSchema(InspectionSchema)

  app.post(
    '/v1/tokens/inspect',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'inspectToken',
        tags: ['tokens'],
        summary: 'Explain a token and the result of each check',
        description:
          "For tokens in both forms, sessions, integration tokens and tokens of customers' back ends. " +
          'The text is never stored or logged. ' +
          "Another owner's credential gets the same answer as an unknown one.",
        body: Closed(
          { token: Type.String({ maxLength: TEXT_MAX }) },
          { examples: [{ token: 'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6InVzZXItMSJ9.c2lnbmF0dXJl' }] }
        ),
        response: { 200: Ref(InspectionSchema), ...problems(400, 401, 403) }
      }
    },
    async (request, reply) => {
      noStore(reply)
      const { checks, ...rest } = await inspectToken(
        deps,
        { account: managerOf(request).account, ip: request.ip },
        request.body.token.trim()
      )
      return { ...rest, checks: [...checks] }
    }
  )
}
