import { Type } from 'typebox'
import type { Reads } from '../../platform/db/reads.ts'
import { CREDENTIAL_KINDS } from '../../lib/credential-kind.ts'
import { explainRequest, listRequests, type ReadRequestDeps } from '../../requests/read-requests.ts'
import { REASONS } from '../../requests/reason.ts'
import { type Outcome, OUTCOMES } from '../../requests/usage-buffer.ts'
import { type Guards, managerOf } from '../guards.ts'
import { timeOf } from '../request.ts'
import { Closed, CountedPageOf, Nullable, OneOf, PageQuery, problems, Ref, SentId, Time } from '../schemas.ts'
import type { App } from '../server.ts'

const requestFields = {
  requestId: Type.String(),
  at: Time,
  outcome: OneOf(OUTCOMES, { description: 'refused: no run was started; failed: its run failed' }),
  status: Type.Integer({ description: 'Of the answer' }),
  code: Nullable(Type.String()),
  reason: Nullable(
    Type.String({ description: `Why it was refused: one of ${REASONS.join(', ')}, or the code where none says more` })
  ),
  listenerId: Nullable(Type.String()),
  credential: Type.Object({
    kind: OneOf(CREDENTIAL_KINDS),
    tokenId: Type.Optional(Type.String()),
    tokenStart: Type.Optional(Type.String({ description: 'Only where the token is your own' })),
    customerId: Type.Optional(Type.String())
  }),
  ip: Nullable(Type.String()),
  ms: Nullable(Type.Number()),
  runId: Type.Optional(Type.String()),
  try: Type.Optional(Type.Literal(true, { description: 'An editor of the listener tried it' }))
}
const RequestSchema = Type.Object(requestFields, { $id: 'Request' })
const ExplainedRequestSchema = Type.Object(
  {
    ...requestFields,
    checks: Type.Array(
      Type.Object({
        name: Type.String(),
        passed: Type.Boolean(),
        why: Type.Optional(Type.String()),
        remedy: Type.Optional(Type.String({ description: 'What to do about it' }))
      }),
      { description: 'In the order in which a call meets them, up to the one that failed' }
    )
  },
  { $id: 'ExplainedRequest' }
)

const RequestQuery = Closed({
  ...PageQuery,
  workspaceId: Type.Optional(SentId),
  listenerId: Type.Optional(SentId),
  tokenId: Type.Optional(SentId),
  customerId: Type.Optional(
    Type.String({
      maxLength: 255,
      pattern: '^[^\\u0000]*$',
      description: "The customer's id here, or its back end's id for it"
    })
  ),
  outcome: Type.Optional(
    Type.String({
      pattern: `^(${OUTCOMES.join('|')})(,(${OUTCOMES.join('|')}))*$`,
      description: `${OUTCOMES.join(', ')}; several with commas`
    })
  ),
  reason: Type.Optional(Type.String({ pattern: '^[a-z_]{1,60}$' })),
  ip: Type.Optional(Type.String({ maxLength: 64, pattern: '^[^\\u0000]*$' })),
  since: Type.Optional({ ...Time, description: 'From this time on' }),
  until: Type.Optional({ ...Time, description: 'Before this time' }),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\u0000]*$',
      description: "A request id, run id, address, code or reason, or a part of the listener's name"
    })
  )
})

/** The requests to listeners, with their outcomes. */
export function requestRoutes(app: App, deps: ReadRequestDeps & { reads: Reads }, guards: Guards): void {
  app.addSchema(RequestSchema)
  app.addSchema(ExplainedRequestSchema)

  app.get(
    '/v1/requests',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listRequests',
        tags: ['runs'],
        summary: 'Requests at listeners, answered and refused, newest first',
        description:
          'The requests of your workspaces, and those with your own credentials. Refused and failed ones are kept ' +
          'for 30 to 33 days, at most the latest 1,000 a day for each listener and credential.',
        querystring: RequestQuery,
        response: { 200: CountedPageOf(Ref(RequestSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      const { since, until, outcome, ...filter } = request.query
      const wanted = {
        ...filter,
        outcomes: outcome?.split(',') as Outcome[] | undefined,
        since: timeOf(since, '/since'),
        until: timeOf(until, '/until')
      }
      return deps.reads((database) => listRequests({ ...deps, database }, managerOf(request).account, wanted))
    }
  )

  app.get(
    '/v1/requests/:requestId',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'explainRequest',
        tags: ['runs'],
        summary: 'One request, and what each check of it found',
        description: 'The newest request with this id: callers can choose ids, and can send one several times.',
        params: Type.Object({ requestId: Type.String({ maxLength: 200 }) }),
        response: { 200: Ref(ExplainedRequestSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => explainRequest(deps, managerOf(request).account, request.params.requestId)
  )
}
