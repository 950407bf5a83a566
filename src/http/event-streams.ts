import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Fault } from '../lib/fault.ts'
import type { App } from './server.ts'

/** Streams of events that one process serves at once, and of them those of one principal. */
export const EVENT_STREAMS_MAX = 1_000
export const EVENT_STREAMS_OF_PRINCIPAL = 20

type Events = (signal: AbortSignal) => AsyncIterable<string>

/** The right to one more stream. Either send it or release it. */
export interface StreamPlace {
  /**
   * Answers with a stream of server-sent events, which ends when the client goes.
   * @param until `server`: the stream also ends when the server stops, whose stop would wait for it otherwise
   */
  send(reply: FastifyReply, events: Events, until: 'end' | 'server'): FastifyReply
  release(): void
}

export interface EventStreams {
  /**
   * @param principal whose stream it will be
   * @throws Fault `rate_limited`, `unavailable`
   */
  take(principal: string): StreamPlace
  /**
   * Answers with a stream that ends when the client goes or the server stops.
   * @throws Fault `rate_limited`, `unavailable`
   */
  answer(reply: FastifyReply, principal: string, events: Events): FastifyReply
}

export function createEventStreams(app: App): EventStreams {
  const open = new Set<AbortController>()
  const ofPrincipal = new Map<string, number>()
  let taken = 0
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })

  function take(principal: string): StreamPlace {
    const count = ofPrincipal.get(principal) ?? 0
    const retry = { 'Retry-After': '5' }
    if (count >= EVENT_STREAMS_OF_PRINCIPAL)
      throw new Fault('rate_limited', {
        why: 'too_many_event_streams',
        detail: `At most ${EVENT_STREAMS_OF_PRINCIPAL} streams of events at once.`,
        headers: retry
      })
    if (taken >= EVENT_STREAMS_MAX) throw new Fault('unavailable', { why: 'too_many_event_streams', headers: retry })
    taken++
    ofPrincipal.set(principal, count + 1)
    let released = false

    function release(): void {
      if (released) return
      released = true
      taken--
      const left = (ofPrincipal.get(principal) ?? 1) - 1
      if (left > 0) ofPrincipal.set(principal, left)
      else ofPrincipal.delete(principal)
    }

    return {
      release,
      send(reply, events, until) {
        const stop = new AbortController()
        if (until === 'server') open.add(stop)
        const stream = Readable.from(events(stop.signal), { objectMode: false })
        // The source waits for its next event: it ends only when it is told that the client has gone.
        reply.raw.once('close', () => stop.abort())
        stream.once('close', () => {
          stop.abort()
          open.delete(stop)
          release()
        })
        return reply
          .headers({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
          .send(stream)
      }
    }
  }

  return { take, answer: (reply, principal, events) => take(principal).send(reply, events, 'server') }
}
