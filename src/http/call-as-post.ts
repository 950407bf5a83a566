import type { FastifyRequest } from 'fastify'
import { authorize } from '../auth/authorize.ts'
import type { Carrier, Principal } from '../auth/principal.ts'
import { consumeRateLimits, findListener } from '../gateway/admit.ts'
import { answerCall, type CallDeps } from '../gateway/answer-call.ts'
import type { Answer } from '../gateway/respond.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { RateLimiter } from '../platform/rate-limits/rate-limiter.ts'
import { pathOf } from './request.ts'

export interface CallAsPostDeps extends CallDeps {
  listeners: RecordCache<ListenerRecord>
  rateLimiter: RateLimiter
}

export interface PostCall {
  principal: Principal
  carrier: Carrier
  listenerId: string
  /** The value of the JSON body; undefined = no body. */
  body: unknown
  /** The headers that the flow sees. `Content-Type` is set to JSON. */
  headers: FastifyRequest['headers']
}

/**
 * Calls a listener as `POST` with a JSON body, within a request of another protocol. The request is recorded as a call
 * of the listener.
 * @throws Fault as a call of the listener's own URL
 */
export async function callAsPost(
  deps: CallAsPostDeps,
  request: FastifyRequest,
  { principal, carrier, listenerId, body, headers }: PostCall
): Promise<{ answer: Answer; listener: ListenerRecord; runId: string }> {
  request.listenerCall = { listenerId }
  const listener = authorize(principal, await findListener(deps.listeners, listenerId), carrier, request.ip)
  await consumeRateLimits(deps.rateLimiter, { principal, listener })
  let runId = ''
  const answer = await answerCall(
    deps,
    { principal, listener, carrier },
    {
      method: 'POST',
      path: pathOf(request),
      query: undefined,
      headers: { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
      origin: { ip: request.ip, requestId: request.id },
      onRun(id) {
        runId = id
        if (request.listenerCall) request.listenerCall.runId = id
      }
    }
  )
  return { answer, listener, runId }
}
