import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { consumeRateLimits } from '../../gateway/admit.ts'
import { admitTry, type TryDeps } from '../../gateway/admit-try.ts'
import { answerCall, type CallDeps } from '../../gateway/answer-call.ts'
import { Fault } from '../../lib/fault.ts'
import { isFieldName, isFieldValue } from '../../lib/http-fields.ts'
import { METHODS } from '../../listeners/listener.ts'
import { findListener } from '../../listeners/read.ts'
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.ts'
import { type Guards, managerOf } from '../guards.ts'
import { ListenerParams } from '../params.ts'
import { Closed, OneOf, problems } from '../schemas.ts'
import { sendAnswer } from '../send-answer.ts'
import type { App } from '../server.ts'

export interface ListenerTryDeps extends TryDeps, CallDeps {
  rateLimiter: RateLimiter
}

const FIELDS_MAX = 100
const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'

const Text = Type.String({ maxLength: 8_192 })
const Trial = Closed(
  {
    method: OneOf(METHODS),
    path: Type.Optional(
      Type.String({ pattern: '^/', maxLength: 2_000, description: "What the flow reads as `path`; default: the URL's" })
    ),
    query: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.Union([Text, Type.Array(Text, { maxItems: FIELDS_MAX })]), {
        maxProperties: FIELDS_MAX
      })
    ),
    headers: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Text, { maxProperties: FIELDS_MAX })),
    body: Type.Optional(
      Type.Unknown({
        description:
          'A text is sent as it is, as text/plain unless `headers` name a Content-Type; any other value as JSON'
      })
    ),
    customer: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[^\\u0000]*$',
        description: 'The customer to call as, by its id here or that of its back end; absent: as yourself'
      })
    )
  },
  { examples: [{ method: 'GET', query: { sku: 'A-100' } }] }
)

/** Lets editors call a listener from the console. */
export function listenerTryRoutes(app: App, deps: ListenerTryDeps, guards: Guards): void {
  app.post(
    '/v1/listeners/:listenerId/try',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'tryListener',
        tags: ['listeners'],
        summary: 'Call a listener as yourself, or as a customer',
        description:
          'The answer is that of the listener. For sessions of editors. The call is real: it reaches upstreams, and ' +
          'its run, or its refused request, has `try: true`.',
        params: ListenerParams,
        body: Trial,
        response: problems(400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504)
      }
    },
    async (request, reply) => {
      const session = managerOf(request)
      if (session.kind !== 'session')
        throw new Fault('insufficient_scope', {
          why: `tried by ${session.kind}`,
          detail: 'Only a session can try a listener.'
        })
      const { listenerId } = request.params
      const { workspaceId } = await findListener(deps.database.prisma, session.account, listenerId, 'editor')
      const trial = request.body
      const headers = headersOf(trial)
      const origin = { ip: request.ip, requestId: request.id }
      const recorded: NonNullable<typeof request.listenerCall> = { listenerId, triedBy: session.account.id }
      request.listenerCall = recorded

      const admission = await admitTry(deps, { session, listenerId, workspaceId }, trial.customer, origin)
      request.principal = admission.principal
      recorded.compat = admission.listener.statusMode === 'compat'
      reply.headers((await consumeRateLimits(deps.rateLimiter, admission)) ?? {})
      const answer = await answerCall(deps, admission, {
        method: trial.method,
        path: trial.path ?? `/v1/dynamic/listener/${listenerId}`,
        query: queryOf(trial),
        headers,
        body: bodyOf(trial),
        origin,
        onRun(runId) {
          recorded.runId = runId
          reply.header('Sluice-Run-Id', runId)
        }
      })
      reply.code(answer.status).headers(answer.headers).header('Cache-Control', 'no-store')
      return sendAnswer(reply, answer, admission.listener) as FastifyReply & never
    }
  )
}

type Tried = Static<typeof Trial>

function queryOf({ query }: Tried): URLSearchParams | undefined {
  if (query === undefined) return undefined
  return new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]))
  )
}

/**
 * The headers by lower-case name, as a server sees them.
 * @throws Fault `validation_failed` for a header that HTTP does not allow
 */
function headersOf({ headers = {}, body }: Tried): Record<string, string> {
  const sent: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!isFieldName(name) || !isFieldValue(value))
      throw new Fault('validation_failed', { errors: [{ pointer: '/headers', message: 'is not a valid HTTP field' }] })
    sent[name.toLowerCase()] = value
  }
  return body === undefined ? sent : { 'content-type': typeof body === 'string' ? TEXT_TYPE : JSON_TYPE, ...sent }
}

function bodyOf({ body }: Tried): Buffer | undefined {
  if (body === undefined) return undefined
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
