import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ActionOrigins } from '../../actions/action-cache.ts'
import type { AuthenticatorChain } from '../../auth/authenticate.ts'
import { authorize } from '../../auth/authorize.ts'
import { type Extraction, extractCredential } from '../../auth/extract-credential.ts'
import type { Credential, Principal } from '../../auth/principal.ts'
import {
  type Admission,
  authenticateCall,
  authorizeTarget,
  type CallTarget,
  consumeRateLimits,
  findListener,
  type Permitted,
  readCredential
} from '../../gateway/admit.ts'
import { answerCall, type Call, REQUEST_BODY_MAX } from '../../gateway/answer-call.ts'
import type { Answer } from '../../gateway/respond.ts'
import {
  answerSignedCall,
  isSigned,
  type SignedCallDeps,
  type VerifiedCall,
  verifyCall
} from '../../gateway/signed-call.ts'
import { Fault } from '../../lib/fault.ts'
import { createTickBatcher } from '../../lib/tick-batcher.ts'
import type { CallRouters } from '../../listeners/call-routers.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import { METHODS } from '../../listeners/listener.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.ts'
import { basicPair } from '../basic.ts'
import { callHeaders } from '../call-headers.ts'
import { type CallPage, readPage } from '../call-page.ts'
import { answerPreflight } from '../cors.ts'
import { refuseBasicOfOtherSites } from '../cross-site.ts'
import type { EventStreams } from '../event-streams.ts'
import { type ListenerCall, openCall } from '../open-call.ts'
import { pathOf } from '../request.ts'
import { problems } from '../schemas.ts'
import { sendAnswer } from '../send-answer.ts'
import type { App } from '../server.ts'
import { sendListenerStream } from './listener-stream.ts'
import { type Locate, urlsOf } from './listener-urls.ts'

export interface ListenerCallDeps extends SignedCallDeps {
  authenticators: AuthenticatorChain
  listeners: RecordCache<ListenerRecord>
  actionOrigins: ActionOrigins
  callRouters: CallRouters
  rateLimiter: RateLimiter
  streams: EventStreams
}

/**
 * The calls of listeners. Before the body is read: extract, authenticate, find, authorize, consume. With the body:
 * parse, run, respond. A caller that may not call the listener learns nothing about it.
 */
export function listenerCallRoutes(app: App, deps: ListenerCallDeps): void {
  app.decorateRequest('call', null)
  const nextTick = createTickBatcher()

  /**
   * The steps before the body is read. They await only what is not in memory, because each `await` costs a turn of the
   * microtask queue.
   */
  async function receive(request: FastifyRequest, reply: FastifyReply, locate: Locate): Promise<void> {
    const ticked = nextTick()
    if (ticked) await ticked
    const locating = locate(request, request.method)
    const target: CallTarget = locating instanceof Promise ? await locating : locating
    const call: ListenerCall = openCall(request, target)
    const page: CallPage | undefined = call.page === undefined ? undefined : await readPage(deps, target, call.page)
    call.pageNamedBy = page?.namedBy

    const extracting = extract(request, call)
    const extraction: Extraction = extracting instanceof Promise ? await extracting : extracting
    const reading = readCredential(extraction, () => readBasic(request, reply, page))
    const credential: Credential | undefined = reading instanceof Promise ? await reading : reading
    const authenticating = authenticateCall(deps.authenticators, credential, call.origin)
    const principal: Principal = authenticating instanceof Promise ? await authenticating : authenticating
    // From here on the log names the caller, also for rejected calls.
    request.principal = principal
    const authorizing = authorizeTarget(deps.listeners, target, (found) =>
      authorize(principal, found, credential?.carrier, call.origin.ip, isSignedCall(request, target, found))
    )
    const permitted: Permitted = authorizing instanceof Promise ? await authorizing : authorizing
    const [listener] = permitted
    if (isSignedCall(request, target, listener)) {
      // The caller is the signer, whatever other credential was sent.
      request.principal = null
      call.unverified = listener
      return
    }
    const admitting = admit(request, call, { principal, listener, carrier: credential?.carrier })
    if (admitting) await admitting
    if (target.others && listener.enabled) throw wrongMethod(request.method, permitted)
  }

  /** The steps with the body. The signature of a signed call is verified first, because it is over the body. */
  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
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
    const verified: VerifiedCall | undefined = call.unverified && (await verifyCall(deps, call.unverified, received))
    if (verified) await admit(request, call, verified.admission)
    const { admission } = call
    if (!admission) throw new Error('a listener call was not admitted')
    if (admission.listener.respond === 'stream') return sendListenerStream(deps, request, reply, admission, received)
    const answered: Answer = await (verified
      ? answerSignedCall(deps, verified, received)
      : answerCall(deps, admission, received))
    // The gateway's headers are set last, because a flow must not decide about origins or about URLs with credentials.
    reply.code(answered.status).headers(answered.headers).headers(callHeaders(call, answered.headers))
    return sendAnswer(reply, answered, admission.listener)
  }

  /** Reads every carrier. If the listener expects its signature in `Authorization`, that header is not a credential. */
  function extract(request: FastifyRequest, { query, target }: ListenerCall): Extraction | Promise<Extraction> {
    const extraction = extractCredential(request.raw.rawHeaders, query)
    return extraction.found === 'unreadable' ? exceptSignature(extraction, request, target) : extraction
  }

  async function exceptSignature(
    extraction: Extraction,
    { headers }: FastifyRequest,
    { listenerId }: CallTarget
  ): Promise<Extraction> {
    const listener = listenerId === undefined ? undefined : await findListener(deps.listeners, listenerId)
    const signsThere = listener?.signature?.scheme.headers[0] === 'authorization' && isSigned(listener, headers)
    return signsThere ? { found: 'none' } : extraction
  }

  /** Only an origin that the listener names (not `*`) may use the credential that a browser adds by itself. */
  function readBasic(request: FastifyRequest, reply: FastifyReply, page: CallPage | undefined) {
    const { origin } = request.headers
    if (origin === undefined || !page?.listener?.corsOrigins.includes(origin))
      refuseBasicOfOtherSites(request, deps.publicUrl, 'all')
    return basicPair(app, request, reply)
  }

  /** Records the admission and consumes the rate limits. Returns a promise only if a limit is strict. */
  function admit(request: FastifyRequest, call: ListenerCall, admission: Admission): void | Promise<void> {
    request.principal = admission.principal
    call.admission = admission
    if (request.listenerCall) request.listenerCall.compat = admission.listener.statusMode === 'compat'
    const consuming = consumeRateLimits(deps.rateLimiter, admission)
    if (consuming instanceof Promise)
      return consuming.then((remaining) => {
        call.remaining = remaining
      })
    call.remaining = consuming
    return undefined
  }

  void app.register(async (scope) => {
    // The body stays bytes, because the gateway parses it after the caller is known.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.setErrorHandler((error, { call }, reply) => {
      // Some errors may be cached by default (RFC 9110, section 15.1), but a refusal must not be served to the next
      // caller.
      reply.headers({ ...(call ? callHeaders(call) : {}), 'Cache-Control': 'no-store' })
      throw error
    })

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
        handler: answer
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

/** A method that no listener of the path takes has no signature to verify. */
function isSignedCall({ headers }: FastifyRequest, { others }: CallTarget, found: ListenerRecord | undefined): boolean {
  return others === undefined && isSigned(found, headers)
}

/** @param listeners those that the caller may call */
function wrongMethod(method: string, listeners: readonly ListenerRecord[]): Fault {
  const allowed = METHODS.filter((known) => listeners.some(({ methods }) => !methods || methods.has(known)))
  return new Fault('method_not_allowed', { why: method, headers: { Allow: allowed.join(', ') } })
}
