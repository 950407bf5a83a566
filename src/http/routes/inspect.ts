import { Type } from 'typebox'
import { inspectToken, type InspectDeps } from '../../auth/inspect.ts'
import { CREDENTIAL_KINDS } from '../../auth/inspect-checks.ts'
import type { App } from '../server.ts'
import { type Guards, managerOf } from '../guards.ts'
import { Closed, Nullable, OneOf, problems, Ref } from '../schemas.ts'
import { noStore } from './accounts.ts'

/** Longer than any token that is taken, so that what is too long is a finding and no fault of the call. */
const TEXT_MAX = 65_536

const Members = Type.Object({}, { additionalProperties: true })
const CheckSchema = Type.Object(
  {
    check: Type.String(),
    status: OneOf(['pass', 'fail', 'not_reached']),
    reason: Type.Optional(Type.String({ description: 'A stable name' })),
    why: Type.Optional(Type.String()),
    remedy: Type.Optional(Type.String({ description: 'What to do about it' }))
  },
  { $id: 'TokenCheck' }
)
const InspectionSchema = Type.Object(
  {
    kind: OneOf(CREDENTIAL_KINDS, { description: 'none: nothing that is taken here, or that you may know of' }),
    valid: Type.Boolean({ description: 'Whether it would be taken now, from your address' }),
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
    checks: Type.Array(Ref(CheckSchema), { description: 'In the order in which a call runs them' })
  },
  { $id: 'TokenInspection' }
)

/** Why a token is not taken, told to who may know. */
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
        summary: 'What a token is, and what each check says of it',
        description:
          "For tokens in both forms, sessions, integration tokens and what customers' back ends sign. Never stored and never logged. What belongs to others is answered like what there is not.",
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
