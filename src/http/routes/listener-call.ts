import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ActionOrigins } from '../../actions/action-cache.ts'
import { carriesCredential } from '../../auth/extract-credential.ts'
import { type Admission, admit, type AdmitDeps, consumeRateLimits } from '../../gateway/admit.ts'
import { answerCall, type CallDeps } from '../../gateway/answer-call.ts'
import { isId } from '../../lib/ids.ts'
import { createTickBatcher } from '../../lib/tick-batcher.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.ts'
import { basicPair } from '../basic.ts'
import { allowOrigin, answerPreflight, forbidOrigin } from '../cors.ts'
import { pathOf, queryOf } from '../request.ts'
import { ListenerParams } from '../params.ts'
import { problems } from '../schemas.ts'
import type { App } from '../server.ts'

export interface DynamicRouteDeps extends AdmitDeps, CallDeps {
  listeners: RecordCache<ListenerRecord>
  actionOrigins: ActionOrigins
  rateLimiter: RateLimiter
}

declare module 'fastify' {
  interface FastifyRequest {
    admission: Admission | null
    /** The query as it came, credentials included: for reading them, never for showing. */
    rawQuery: URLSearchParams | undefined
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const URL_PATH = '/v1/dynamic/listener/:listenerId'
/** Other types than JSON are shown without power over this site, should a browser open them. */
const SANDBOX = 'sandbox'
/** Of answers to a URL with a credential in it. */
const URL_IS_SECRET = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }

type ListenerRequest = FastifyRequest<{ Params: { listenerId: string } }>

export function listenerCallRoutes(app: App, deps: DynamicRouteDeps): void {
  app.decorateRequest('admission', null)
  app.decorateRequest('rawQuery', undefined)
  const turn = createTickBatcher()

  void app.register(async (scope) => {
    // Bytes, whatever they are: what they mean is the gateway's to say, after the caller is known.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    async function onRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      await turn()
      const { listenerId } = request.params as { listenerId: string }
      request.listenerCall = { listenerId }
      request.rawQuery = queryOf(request)
      // Refusals too: a URL with a credential, good or bad, stays out of caches and of what is told to the next page.
      if (request.rawQuery && carriesCredential(request.rawQuery)) reply.headers(URL_IS_SECRET)
      if (request.headers.origin !== undefined) await allowPage(request as ListenerRequest, reply, deps)
      const admission = await admit(deps, {
        listenerId,
        rawHeaders: request.raw.rawHeaders,
        query: request.rawQuery,
        origin: { ip: request.ip, requestId: request.id },
        readBasic: () => basicPair(app, request, reply),
        onPrincipal(principal) {
          request.principal = principal
        }
      })
      request.admission = admission
      forbidOthersPages(request, reply, admission)
      request.listenerCall.compat = admission.listener.statusMode === 'compat'
      if (admission.principal.kind === 'token' && admission.principal.token.expiresAt !== Infinity) {
        reply.header('Sluice-Token-Expires', new Date(admission.principal.token.expiresAt).toISOString())
      }
      const left = consumeRateLimits(deps.rateLimiter, admission)
      if (left) reply.headers(left)
    }

    async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const { admission, listenerCall } = request
      if (!admission || !listenerCall) throw new Error('a listener call was not admitted')
      const answer = await answerCall(deps, admission, {
        method: request.method,
        path: pathOf(request),
        query: request.rawQuery,
        headers: request.headers,
        body: request.body as Buffer | undefined,
        origin: { ip: request.ip, requestId: request.id },
        onRun(runId) {
          listenerCall.runId = runId
          reply.header('Sluice-Run-Id', runId)
        }
      })
      // Beside ours: without it a shared cache would hand one page's permission to read to another.
      const vary = [reply.getHeader('vary'), answer.headers['vary']].filter((value) => value !== undefined).join(', ')
      reply.code(answer.status).headers(answer.headers)
      if (vary !== '') reply.header('Vary', vary)
      // Whatever the flow says of caching.
      if (admission.carrier === 'query') reply.headers(URL_IS_SECRET)
      if (answer.body === undefined) return reply.send()
      if (typeof answer.body === 'string' && admission.listener.respond === 'http') {
        if (!reply.hasHeader('content-type')) reply.type('text/plain; charset=utf-8')
        return reply
          .headers({ 'Content-Security-Policy': SANDBOX, 'X-Content-Type-Options': 'nosniff' })
          .send(answer.body)
      }
      if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8')
      else reply.headers({ 'Content-Security-Policy': SANDBOX, 'X-Content-Type-Options': 'nosniff' })
      return reply.send(JSON.stringify(answer.body))
    }

    scope.route({
      method: [...METHODS],
      url: URL_PATH,
      onRequest,
      schema: {
        operationId: 'callListener',
        tags: ['listeners'],
        summary: 'Call a listener',
        params: ListenerParams,
        response: problems(400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504)
      },
      handler
    })

    scope.options(URL_PATH, { schema: { hide: true, params: ListenerParams } }, async (request, reply) => {
      const listener = await allowPage(request as ListenerRequest, reply, deps)
      return answerPreflight(request, reply, listener !== undefined, [...(listener?.methods ?? METHODS)])
    })
  })
}

/** Lets a page of another origin read the answer where the listener names that origin, or an action that names the listener does. */
async function allowPage(
  request: ListenerRequest,
  reply: FastifyReply,
  deps: Pick<DynamicRouteDeps, 'listeners' | 'actionOrigins'>
): Promise<ListenerRecord | undefined> {
  const { origin } = request.headers
  if (origin === undefined || !isId('lsn', request.params.listenerId)) return undefined
  reply.header('Vary', 'Origin')
  const listener = await deps.listeners.get(request.params.listenerId)
  if (!listener || !(isListed(listener, origin) || (await deps.actionOrigins.ofListener(listener.id))?.has(origin)))
    return undefined
  allowOrigin(reply, origin)
  return listener
}

/** Who calls is known now: an action's origins are for its own tokens alone. */
function forbidOthersPages(request: FastifyRequest, reply: FastifyReply, { principal, listener }: Admission): void {
  const { origin } = request.headers
  if (origin === undefined || isListed(listener, origin)) return
  if (principal.kind !== 'action' || !principal.action.origins.has(origin)) forbidOrigin(reply)
}

function isListed(listener: ListenerRecord, origin: string): boolean {
  return listener.corsOrigins.some((allowed) => allowed === '*' || allowed === origin)
}
