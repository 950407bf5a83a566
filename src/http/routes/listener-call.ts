import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ActionOrigins } from '../../actions/action-cache.ts'
import type { AuthenticatorChain } from '../../auth/authenticate.ts'
import { authorize } from '../../auth/authorize.ts'
import { carriesCredential, extractCredential } from '../../auth/extract-credential.ts'
import type { Origin } from '../../auth/principal.ts'
import {
  type Admission,
  authenticateCall,
  authorizeTarget,
  type CallTarget,
  consumeRateLimits,
  findListener,
  readCredential
} from '../../gateway/admit.ts'
import { answerCall, type Call, REQUEST_BODY_MAX } from '../../gateway/answer-call.ts'
import { keyOwner } from '../../gateway/idempotency-key.ts'
import { answerSignedCall, isSigned, type SignedCallDeps, verifyCall } from '../../gateway/signed-call.ts'
import { streamCall } from '../../gateway/stream-call.ts'
import { Fault } from '../../lib/fault.ts'
import { createTickBatcher } from '../../lib/tick-batcher.ts'
import type { CallRouters } from '../../listeners/call-routers.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import { METHODS } from '../../listeners/listener.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.ts'
import { basicPair } from '../basic.ts'
import { type CallFacts, callHeaders } from '../call-headers.ts'
import { readPage } from '../call-page.ts'
import { answerPreflight } from '../cors.ts'
import { refuseBasicOfOtherSites } from '../cross-site.ts'
import { faultOf } from '../errors.ts'
import type { EventStreams } from '../event-streams.ts'
import { problemOf } from '../problem.ts'
import { pathOf, queryOf } from '../request.ts'
import { problems } from '../schemas.ts'
import { sendAnswer } from '../send-answer.ts'
import type { App } from '../server.ts'
import { type Locate, urlsOf } from './listener-urls.ts'

export interface ListenerCallDeps extends SignedCallDeps {
  authenticators: AuthenticatorChain
  listeners: RecordCache<ListenerRecord>
  actionOrigins: ActionOrigins
  callRouters: CallRouters
  rateLimiter: RateLimiter
  streams: EventStreams
}

interface ListenerCall extends CallFacts {
  target: CallTarget
  /** The query as it was sent. It may contain credentials: it is read, never logged or shown. */
  query: URLSearchParams | undefined
  origin: Origin
  /** The listener of a signed call, until its signature is verified. */
  unverified: ListenerRecord | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    call: ListenerCall | null
  }
}

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
      reply.headers({ ...(call ? callHeaders(call) : {}), 'Cache-Control': 'no-store' })
      throw error
    })

    function admit(request: FastifyRequest, call: ListenerCall, admission: Admission): void | Promise<void> {
      // From here on the log names the caller, also for rejected calls.
      request.principal = admission.principal
      call.admission = admission
      if (request.listenerCall) request.listenerCall.compat = admission.listener.statusMode === 'compat'
      const remaining = consumeRateLimits(deps.rateLimiter, admission)
      if (remaining instanceof Promise)
        return remaining.then((headers) => {
          call.remaining = headers
        })
      call.remaining = remaining
      return undefined
    }

    /** Waits only for what is not in memory: each `await` of a value that is there costs a turn of the queue. */
    async function receive(request: FastifyRequest, reply: FastifyReply, locate: Locate): Promise<void> {
      const ticked = nextTick()
      if (ticked) await ticked
      const located = locate(request, request.method)
      const call = openCall(request, located instanceof Promise ? await located : located)
      const { target } = call
      const page = call.page === undefined ? undefined : await readPage(deps, target, call.page)
      call.pageNamedBy = page?.namedBy

      const extraction = extractCredential(request.raw.rawHeaders, call.query)
      const signedThere = extraction.found === 'unreadable' && (await signsInAuthorization(deps, request, target))
      const reading = readCredential(signedThere ? { found: 'none' } : extraction, () => {
        // An origin that is named, and not merely let in with all others, may use what the browser adds by itself.
        if (call.page === undefined || !page?.listener?.corsOrigins.includes(call.page))
          refuseBasicOfOtherSites(request, deps.publicUrl, 'all')
        return basicPair(app, request, reply)
      })
      const credential = reading instanceof Promise ? await reading : reading
      const authenticating = authenticateCall(deps.authenticators, credential, call.origin)
      const principal = authenticating instanceof Promise ? await authenticating : authenticating
      // From here on the log names the caller, also for rejected calls.
      request.principal = principal
      // A method that no listener takes has no signature to verify.
      const signs = (found: ListenerRecord | undefined): boolean =>
        target.others === undefined && isSigned(found, request.headers)
      const authorizing = authorizeTarget(deps.listeners, target, (found) =>
        authorize(principal, found, credential?.carrier, call.origin.ip, signs(found))
      )
      const [listener, ...others] = authorizing instanceof Promise ? await authorizing : authorizing
      if (signs(listener)) {
        // The sender is who signed, whatever else it showed.
        request.principal = null
        call.unverified = listener
        return
      }
      const admitting = admit(request, call, { principal, listener, carrier: credential?.carrier })
      if (admitting) await admitting
      if (target.others && listener.enabled) throw wrongMethod(request.method, [listener, ...others])
    }

    async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const { call, listenerCall } = request
      if (!call || !listenerCall) throw new Error('a listener call was not opened')
      const received: Call = {
        method: request.method,
        path: pathOf(request),
        pathParams: call.target.pathParams,
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
      if (verified) await admit(request, call, verified.admission)
      const { admission } = call
      if (!admission) throw new Error('a listener call was not admitted')
      if (admission.listener.respond === 'stream') return sendStream(request, reply, admission, received)
      const answer = await (verified
        ? answerSignedCall(deps, verified, received)
        : answerCall(deps, admission, received))
      // Ours come last: a flow must not decide about origins, nor about URLs with credentials.
      reply.code(answer.status).headers(answer.headers).headers(callHeaders(call, answer.headers))
      return sendAnswer(reply, answer, admission.listener)
    }

    async function sendStream(
      request: FastifyRequest,
      reply: FastifyReply,
      admission: Admission,
      received: Call
    ): Promise<FastifyReply> {
      const place = deps.streams.take(keyOwner(admission.principal, request.ip), 'end')
      try {
        const events = await streamCall(deps, admission, received, {
          stopping: place.stopping,
          problemOf(error) {
            request.fault = faultOf(error)
            return problemOf(request.fault, request.id, request.trace?.traceId)
          }
        })
        if (request.call) reply.headers(callHeaders(request.call))
        return place.send(reply, (signal) => untilGone(events, signal))
      } catch (error) {
        place.release()
        throw error
      }
    }

    for (const { url, params, locate, operationId, summary } of urlsOf(deps)) {
      scope.route({
        method: [...METHODS],
        url,
        bodyLimit: deps.requestBodyMax ?? REQUEST_BODY_MAX,
        onRequest: (request, reply) => receive(request, reply, locate),
        schema: {
          operationId,
          tags: ['listeners'],
          summary,
          params,
          response: problems(400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504)
        },
        handler
      })

      scope.options(url, { schema: { hide: true, params } }, async (request, reply) => {
        const { origin, 'access-control-request-method': asked } = request.headers
        const page =
          origin === undefined ? undefined : await readPage(deps, await locate(request, asked ?? 'GET'), origin)
        return answerPreflight(request, reply, page?.namedBy !== undefined, [...(page?.listener?.methods ?? METHODS)])
      })
    }
  })
}

/** @param listeners those that the caller may call */
function wrongMethod(method: string, listeners: readonly ListenerRecord[]): Fault {
  const allowed = METHODS.filter((known) => listeners.some(({ methods }) => !methods || methods.has(known)))
  return new Fault('method_not_allowed', { why: method, headers: { Allow: allowed.join(', ') } })
}

/** Starts the record of what is known about a call, for its log line and the headers of its answer. */
function openCall(request: FastifyRequest, target: CallTarget): ListenerCall {
  const listenerId = target.listenerId ?? target.others?.[0]
  const query = queryOf(request)
  const call: ListenerCall = {
    target,
    query,
    origin: { ip: request.ip, requestId: request.id },
    page: listenerId === undefined ? undefined : request.headers.origin,
    pageNamedBy: undefined,
    urlHasCredential: query !== undefined && carriesCredential(query),
    unverified: undefined,
    admission: undefined,
    remaining: undefined
  }
  if (request.trace) call.origin.trace = request.trace
  request.listenerCall = { listenerId }
  request.call = call
  return call
}

/** Whether an unknown scheme of `Authorization` is where this listener expects the signature. */
async function signsInAuthorization(
  deps: Pick<ListenerCallDeps, 'listeners'>,
  { headers }: FastifyRequest,
  { listenerId }: CallTarget
): Promise<boolean> {
  const listener = listenerId === undefined ? undefined : await findListener(deps.listeners, listenerId)
  return listener?.signature?.scheme.headers[0] === 'authorization' && isSigned(listener, headers)
}

/** The texts until the client goes. */
async function* untilGone(texts: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const text of texts) {
    if (signal.aborted) return
    yield text
  }
}
