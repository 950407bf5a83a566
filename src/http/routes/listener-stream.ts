import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Admission } from '../../gateway/admit.ts'
import type { Call, CallDeps } from '../../gateway/answer-call.ts'
import { keyOwner } from '../../gateway/idempotency-key.ts'
import { streamCall } from '../../gateway/stream-call.ts'
import { callHeaders } from '../call-headers.ts'
import { faultOf } from '../errors.ts'
import type { EventStreams } from '../event-streams.ts'
import { problemOf } from '../problem.ts'

/**
 * Answers an admitted call of a listener that streams with the events of its run.
 * @throws Fault as {@link streamCall}, and `rate_limited`, `unavailable` if too many streams are open
 */
export async function sendListenerStream(
  deps: CallDeps & { streams: EventStreams },
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

/** Yields the texts until the client disconnects. */
async function* untilGone(texts: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const text of texts) {
    if (signal.aborted) return
    yield text
  }
}
