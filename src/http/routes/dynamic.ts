import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerCall, type CallDeps } from '../../gateway/call.ts'
import { admit, type Admission, type AdmitDeps } from '../../gateway/admit.ts'
import { spendCall } from '../../gateway/spend.ts'
import type { RecordCache } from '../../db/record-cache.ts'
import { Fault } from '../../lib/fault.ts'
import { isId } from '../../lib/ids.ts'
import type { Limits } from '../../limits/index.ts'
import type { ListenerRecord } from '../../listeners/lookup.ts'
import type { App } from '../app.ts'
import { basicPair } from '../basic.ts'
import { IdParams, problems } from '../schemas.ts'

export interface DynamicRouteDeps extends AdmitDeps, CallDeps {
  listeners: RecordCache<ListenerRecord>
  limits: Limits
}

declare module 'fastify' {
  interface FastifyRequest {
    admission: Admission | null
    /** The query as it came, credentials included: for reading them, never for showing. */
    rawQuery: URLSearchParams | undefined
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const URL_PATH = '/v1/dynamic/listener/:id'
const PREFLIGHT_MAX_AGE_SECONDS = 600
/** Other types than JSON are shown without power over this site, should a browser open them. */
const SANDBOX = 'sandbox'

type ListenerRequest = FastifyRequest<{ Params: { id: string } }>

export function dynamicRoutes(app: App, deps: DynamicRouteDeps): void {
  app.decorateRequest('admission', null)
  app.decorateRequest('rawQuery', undefined)

  void app.register(async (scope) => {
    // Bytes, whatever they are: what they mean is the gateway's to say, after the caller is known.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    async function onRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const { id } = request.params as { id: string }
      request.listenerCall = { listenerId: id }
      const search = request.url.indexOf('?')
      if (search >= 0) request.rawQuery = new URLSearchParams(request.url.slice(search + 1))
      await allowOrigin(request as ListenerRequest, reply, deps.listeners)
      const admission = await admit(deps, {
        listenerId: id,
        rawHeaders: request.raw.rawHeaders,
        query: request.rawQuery,
        origin: { ip: request.ip, requestId: request.id },
        readBasic: () => basicPair(app, request, reply),
        onPrincipal(principal) { request.principal = principal }
      })
      request.admission = admission
      request.listenerCall.compat = admission.listener.statusMode === 'compat'
      if (admission.carrier === 'query') reply.headers({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
      if (admission.principal.kind === 'token' && admission.principal.token.expiresAt !== Infinity) {
        reply.header('Sluice-Token-Expires', new Date(admission.principal.token.expiresAt).toISOString())
      }
      const left = spendCall(deps.limits, admission)
      if (left) reply.headers(left)
    }

    async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const { admission, listenerCall } = request
      if (!admission || !listenerCall) throw new Error('a listener call was not admitted')
      const search = request.url.indexOf('?')
      const answer = await answerCall(deps, admission, {
        method: request.method,
        path: search < 0 ? request.url : request.url.slice(0, search),
        query: request.rawQuery,
        headers: request.headers,
        body: request.body as Buffer | undefined,
        origin: { ip: request.ip, requestId: request.id },
        onRun(runId) {
          listenerCall.runId = runId
          reply.header('Sluice-Run-Id', runId)
        }
      })
      reply.code(answer.status).headers(answer.headers)
      if (answer.body === undefined) return reply.send()
      if (typeof answer.body === 'string' && admission.listener.respond === 'http') {
        if (!reply.hasHeader('content-type')) reply.type('text/plain; charset=utf-8')
        return reply.headers({ 'Content-Security-Policy': SANDBOX, 'X-Content-Type-Options': 'nosniff' }).send(answer.body)
      }
      if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8')
      else reply.headers({ 'Content-Security-Policy': SANDBOX, 'X-Content-Type-Options': 'nosniff' })
      return reply.send(JSON.stringify(answer.body))
    }

    scope.route({
      method: [...METHODS],
      url: URL_PATH,
      onRequest,
      schema: { tags: ['listeners'], summary: 'Call a listener', params: IdParams, response: problems(400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504) },
      handler
    })

    scope.options(URL_PATH, { schema: { hide: true, params: IdParams } }, async (request, reply) => {
      const listener = await allowOrigin(request as ListenerRequest, reply, deps.listeners)
      if (!listener) throw new Fault('not_found', { why: 'preflight_refused' })
      const headers = request.headers['access-control-request-headers']
      return reply
        .code(204)
        .headers({ 'Access-Control-Allow-Methods': [...listener.methods ?? METHODS].join(', '), 'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS) })
        .headers(headers === undefined ? {} : { 'Access-Control-Allow-Headers': headers })
        .send()
    })
  })
}

/** Lets a page of another origin read the answer where the listener names that origin. Never with cookies. */
async function allowOrigin(request: ListenerRequest, reply: FastifyReply, listeners: RecordCache<ListenerRecord>): Promise<ListenerRecord | undefined> {
  const { origin } = request.headers
  if (origin === undefined || !isId('lsn', request.params.id)) return undefined
  const listener = await listeners.get(request.params.id)
  reply.header('Vary', 'Origin')
  if (!listener?.corsOrigins.some((allowed) => allowed === '*' || allowed === origin)) return undefined
  reply.headers({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'Sluice-Run-Id, Sluice-Token-Expires, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy' })
  return listener
}
