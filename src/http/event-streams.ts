import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Fault } from '../lib/fault.ts'
import type { App } from './server.ts'

/** Streams of events that one process serves at once, and of them those of one principal. */
export const EVENT_STREAMS_MAX = 1_000
export const EVENT_STREAMS_OF_PRINCIPAL = 20

export interface EventStreams {
  /**
   * Answers with a stream of server-sent events, which ends when the client goes or the server stops.
   * @param principal whose stream it is
   * @throws Fault `rate_limited`, `unavailable`
   */
  answer(reply: FastifyReply, principal: string, events: (signal: AbortSignal) => AsyncIterable<string>): FastifyReply
}

export function createEventStreams(app: App): EventStreams {
  const open = new Set<AbortController>()
  const ofPrincipal = new Map<string, number>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })

  return {
    answer(reply, principal, events) {
      const count = ofPrincipal.get(principal) ?? 0
      const retry = { 'Retry-After': '5' }
      if (count >= EVENT_STREAMS_OF_PRINCIPAL)
        throw new Fault('rate_limited', {
          why: 'too_many_event_streams',
          detail: `At most ${EVENT_STREAMS_OF_PRINCIPAL} streams of events at once.`,
          headers: retry
        })
      if (open.size >= EVENT_STREAMS_MAX)
        throw new Fault('unavailable', { why: 'too_many_event_streams', headers: retry })
      const stop = new AbortController()
      open.add(stop)
      ofPrincipal.set(principal, count + 1)
      const stream = Readable.from(events(stop.signal), { objectMode: false })
      // The source waits for its next event: it ends only when it is told that the client has gone.
      reply.raw.once('close', () => stop.abort())
      stream.once('close', () => {
        stop.abort()
        open.delete(stop)
        const left = (ofPrincipal.get(principal) ?? 1) - 1
        if (left > 0) ofPrincipal.set(principal, left)
        else ofPrincipal.delete(principal)
      })
      return reply
        .headers({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
        .send(stream)
    }
  }
}
