import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { ActionOrigins } from '../../actions/action-cache.ts'
import type { AuthenticatorChain } from '../../auth/authenticate.ts'
import { authorize } from '../../auth/authorize.ts'
import { carriesCredential, extractCredential } from '../../auth/extract-credential.ts'
import type { Origin } from '../../auth/principal.ts'
import type { Admission } from '../../gateway/admit.ts'
import { authenticateCall, consumeRateLimits, findListener, readCredential } from '../../gateway/admit.ts'
import { answerCall, type Call, REQUEST_BODY_MAX } from '../../gateway/answer-call.ts'
import { answerSignedCall, isSigned, type SignedCallDeps, verifyCall } from '../../gateway/signed-call.ts'
import { isId } from '../../lib/ids.ts'
import { createTickBatcher } from '../../lib/tick-batcher.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.ts'
import { basicPair } from '../basic.ts'
import { type CallFacts, callHeaders } from '../call-headers.ts'
import { answerPreflight } from '../cors.ts'
import { refuseBasicOfOtherSites } from '../cross-site.ts'
import { ListenerParams } from '../params.ts'
import { pathOf, queryOf } from '../request.ts'
import { problems } from '../schemas.ts'
import { sendAnswer } from '../send-answer.ts'
import type { App } from '../server.ts'

export interface ListenerCallDeps extends SignedCallDeps {
  authenticators: AuthenticatorChain
  listeners: RecordCache<ListenerRecord>
  actionOrigins: ActionOrigins
  rateLimiter: RateLimiter
}

interface ListenerCall extends CallFacts {
  listenerId: string
  /** The query as it was sent. It may contain credentials: it is read, never logged or shown. */
  query: URLSearchParams | undefined
  origin: Origin
  /** The listener of a signed call, until its signature is verified. */
  unverified: ListenerRecord | undefined
}

type ListenerPath = Static<typeof ListenerParams>

declare module 'fastify' {
  interface FastifyRequest {
    call: ListenerCall | null
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const URL_PATH = '/v1/dynamic/listener/:listenerId'

/**
 * The calls of listeners. Before the body is read: extract, authenticate, find, authorize, consume. With the body:
 * parse, run, respond. A caller that may not call learns nothing of the listener.
 */
export function listenerCallRoutes(app: App, deps: ListenerCallDeps): void {
  app.decorateRequest('call', null)
  const nextTick = createTickBatcher()

  void app.register(async (scope) => {
    // The body stays bytes: the gateway parses it, after the caller is known.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.setErrorHandler((error, { call }, reply) => {
      // Some errors may be cached by default (RFC 9110, section 15.1): no refusal is kept for the next caller.
      if (call) reply.headers({ ...callHeaders(call), 'Cache-Control': 'no-store' })
      throw error
    })

    function admit(request: FastifyRequest, call: ListenerCall, admission: Admission): void {
      // From here on the log names the caller, also for rejected calls.
      request.principal = admission.principal
      call.admission = admission
      if (request.listenerCall) request.listenerCall.compat = admission.listener.statusMode === 'compat'
      call.remaining = consumeRateLimits(deps.rateLimiter, admission)
    }

    async function onRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      await nextTick()
      const call = openCall(request)
      const page = call.page === undefined ? undefined : await readPage(deps, call.listenerId, call.page)
      call.pageNamedBy = page?.namedBy

      const extraction = extractCredential(request.raw.rawHeaders, call.query)
      const signs = extraction.found === 'unreadable' && (await signsInAuthorization(deps, request, call))
      const credential = await readCredential(signs ? { found: 'none' } : extraction, () => {
        // An origin that is named, and not merely let in with all others, may use what the browser adds by itself.
        if (call.page === undefined || !page?.listener?.corsOrigins.includes(call.page))
          refuseBasicOfOtherSites(request, deps.publicUrl, 'all')
        return basicPair(app, request, reply)
      })
      const principal = await authenticateCall(deps.authenticators, credential, call.origin)
      // From here on the log names the caller, also for rejected calls.
      request.principal = principal
      const found = await findListener(deps.listeners, call.listenerId)
      const signed = isSigned(found, request.headers)
      const listener = authorize(principal, found, credential?.carrier, call.origin.ip, signed)
      if (!signed) return admit(request, call, { principal, listener, carrier: credential?.carrier })
      // The sender is who signed, whatever else it showed.
      request.principal = null
      call.unverified = listener
    }

    async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const { call, listenerCall } = request
      if (!call || !listenerCall) throw new Error('a listener call was not opened')
      const received: Call = {
        method: request.method,
        path: pathOf(request),
        query: call.query,
        headers: request.headers,
        body: request.body as Buffer | undefined,
        origin: call.origin,
        onRun(runId) {
          listenerCall.runId = runId
          reply.header('Sluice-Run-Id', runId)
        }
      }
      const verified = call.unverified && (await verifyCall(deps, call.unverified, received))
      if (verified) admit(request, call, verified.admission)
      if (!call.admission) throw new Error('a listener call was not admitted')
      const answer = await (verified
        ? answerSignedCall(deps, verified, received)
        : answerCall(deps, call.admission, received))
      // Ours come last: a flow must not decide about origins, nor about URLs with credentials.
      reply.code(answer.status).headers(answer.headers).headers(callHeaders(call, answer.headers))
      return sendAnswer(reply, answer, call.admission.listener)
    }

    scope.route({
      method: [...METHODS],
      url: URL_PATH,
      bodyLimit: deps.requestBodyMax ?? REQUEST_BODY_MAX,
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
      const { origin } = request.headers
      const page =
        origin === undefined ? undefined : await readPage(deps, (request.params as ListenerPath).listenerId, origin)
      return answerPreflight(request, reply, page?.namedBy !== undefined, [...(page?.listener?.methods ?? METHODS)])
    })
  })
}

/** Starts the record of what is known about a call, for its log line and the headers of its answer. */
function openCall(request: FastifyRequest): ListenerCall {
  const { listenerId } = request.params as ListenerPath
  const namesListener = isId('lsn', listenerId)
  const query = queryOf(request)
  const call: ListenerCall = {
    listenerId,
    query,
    origin: { ip: request.ip, requestId: request.id },
    page: namesListener ? request.headers.origin : undefined,
    pageNamedBy: undefined,
    urlHasCredential: query !== undefined && carriesCredential(query),
    unverified: undefined,
    admission: undefined,
    remaining: undefined
  }
  request.listenerCall = { listenerId: namesListener ? listenerId : undefined }
  request.call = call
  return call
}

/** Whether an unknown scheme of `Authorization` is where this listener expects the signature. */
async function signsInAuthorization(
  deps: Pick<ListenerCallDeps, 'listeners'>,
  { headers }: FastifyRequest,
  { listenerId }: ListenerCall
): Promise<boolean> {
  const listener = await findListener(deps.listeners, listenerId)
  return listener?.signature?.scheme.header === 'authorization' && isSigned(listener, headers)
}

/** Finds the listener that a page of this origin may call, and what allows the origin. */
async function readPage(
  deps: Pick<ListenerCallDeps, 'listeners' | 'actionOrigins'>,
  listenerId: string,
  page: string
): Promise<{ listener?: ListenerRecord; namedBy: CallFacts['pageNamedBy'] }> {
  const listener = await findListener(deps.listeners, listenerId)
  if (!listener) return { namedBy: undefined }
  if (listener.corsOrigins.some((allowed) => allowed === '*' || allowed === page))
    return { listener, namedBy: 'listener' }
  const origins = await deps.actionOrigins.ofListener(listener.id)
  return { listener, namedBy: origins?.has(page) ? 'action' : undefined }
}
