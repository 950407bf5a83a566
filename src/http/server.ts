import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault
} from 'fastify'
import { Fault } from '../lib/fault.ts'
import { createIpMatcher } from '../lib/ip-address.ts'
import { acceptBacklog } from './accept-backlog.ts'
import { createMethodTable } from './allowed-methods.ts'
import { registerBodyParsers } from './body-parsers.ts'
import { createCallTraces, type TraceDeps } from './call-trace.ts'
import { createClientAddress } from './client-address.ts'
import type { Drain } from './drain.ts'
import { registerBasic } from './basic.ts'
import { answerClientError, faultOf } from './errors.ts'
import { followHttp, targetOf } from './protocol.ts'
import { MAX_ID_CHARS } from '../platform/jws/limits.ts'
import type { CallReport } from '../platform/log/call-report.ts'
import { reportCall } from './report.ts'
import { requestIdOf } from './request.ts'
import { createSerializerCompiler, createValidatorCompiler } from './schema-compilers.ts'
import { ProblemSchema } from './schemas.ts'
import { createHostCheck, type HostRules } from './request-host.ts'
import { sendFault } from './send-fault.ts'

export const BODY_LIMIT = 1024 * 1024
/**
 * The headers must be complete within this time, and the whole request within {@link REQUEST_TIMEOUT_MS}, so that a
 * slow sender cannot hold a connection for long.
 */
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 60_000
/** While the server closes, connections that have become idle are closed this often. */
const IDLE_SWEEP_MS = 50

/** The URLs of listeners. */
const FLOWS_ANSWER = /^\/v1\/(dynamic|call)\//

declare module 'fastify' {
  interface FastifyRequest {
    /** The error of the call with its internal reason, for the log. */
    fault: Fault | null
  }
}

export interface ServerDeps extends HostRules, TraceDeps {
  /** Called once for every finished call. */
  onCall(report: CallReport): void
  drain: Pick<Drain, 'isDraining'>
  /** Called once, at the first request with `X-Forwarded-For` while no proxy is trusted. */
  onForwarded(): void
  /** The error for a path without a route: nothing exists there, or only another process serves it. */
  unserved?: 'not_found' | 'unavailable'
}

/** Creates the server without routes: request ids, problem documents, limits and errors. */
export async function createServer(deps: ServerDeps): Promise<App> {
  const app = Fastify({
    logger: false,
    trustProxy: deps.trustProxy.length > 0 ? createIpMatcher(deps.trustProxy) : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A request without a Host gets a problem document, so Node must not answer it.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false },
    rewriteUrl: targetOf,
    genReqId: requestIdOf,
    requestIdHeader: false,
    // A call that still arrives on an open connection while the server closes is answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: MAX_ID_CHARS, ignoreTrailingSlash: true },
    clientErrorHandler: answerClientError,
    frameworkErrors(error, request, reply) {
      setCommonHeaders(request, reply)
      sendFault(faultOf(error), request, reply)
    }
  }).withTypeProvider<TypeBoxTypeProvider>()

  followHttp(app)
  if (deps.trustProxy.length > 0) {
    const addressOf = createClientAddress(deps.trustProxy)
    app.addHook('onRequest', (request, _reply, done) => {
      const forwardedFor = request.headers['x-forwarded-for']
      // Overrides the framework's `ip`, which would include the port in the address.
      if (forwardedFor !== undefined)
        Object.defineProperty(request, 'ip', { value: addressOf(request.socket.remoteAddress ?? '', forwardedFor) })
      done()
    })
  }
  app.setValidatorCompiler(createValidatorCompiler())
  app.setSerializerCompiler(createSerializerCompiler(app))
  app.decorateRequest('fault', null)
  app.decorateRequest('listenerCall', null)
  app.decorateRequest('principal', null)
  app.decorateRequest('trace', null)
  const traceOf = createCallTraces(deps)
  app.addSchema(ProblemSchema)
  const methods = createMethodTable(app)

  const checkHost = createHostCheck(deps)
  let forwardedSeen = deps.trustProxy.length > 0
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    // Connections with a running call become idle later.
    const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS)
    app.server.once('close', () => clearInterval(sweep))
    acceptBacklog(app.server, done)
  })
  app.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply)
    request.trace = traceOf(request)
    if (closing || deps.drain.isDraining()) reply.header('Connection', 'close')
    if (!forwardedSeen && request.headers['x-forwarded-for'] !== undefined) {
      forwardedSeen = true
      deps.onForwarded()
    }
    checkHost(request)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const report = reportCall(request, reply)
    request.trace?.finish(report)
    deps.onCall(report)
    done()
  })

  app.setErrorHandler((error, request, reply) => sendFault(faultOf(error), request, reply))
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.allowedAt(request.url)
    // If a wildcard route supports the method but found nothing, the method is not wrong.
    const wrongMethod = allowed.length > 0 && !(allowed as string[]).includes(request.method)
    sendFault(
      wrongMethod
        ? new Fault('method_not_allowed', { why: request.method, headers: { Allow: allowed.join(', ') } })
        : new Fault(deps.unserved ?? 'not_found', {
            why: deps.unserved === 'unavailable' ? 'not served by a worker' : 'no_route'
          }),
      request,
      reply
    )
  })

  registerBodyParsers(app)
  await registerBasic(app)
  return app
}

/**
 * Sets the headers of every answer. It is a function, because hooks do not run for requests that the router rejects.
 */
function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Request-Id', request.id)
  // Answers about accounts and their data must not be cached. For its own answers, a flow decides.
  if (request.url.startsWith('/v1/') && !FLOWS_ANSWER.test(request.url)) reply.header('Cache-Control', 'no-store')
}

/** The server type, in which schemas give handlers their types. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
