import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Fault } from '../lib/fault.ts'
import type { App } from './server.ts'

/** The most event streams that one process serves at once, and the most of one principal. */
export const EVENT_STREAMS_MAX = 1_000
export const EVENT_STREAMS_OF_PRINCIPAL = 20
/**
 * How long a stream that ends by itself may go on after the server starts to close. This is less than calls in flight
 * get.
 */
const GRACE_MS = 20_000
/**
 * How long a reader may take for the last text. After that its connection is cut, so that the stop does not wait for
 * it.
 */
const LAST_TEXT_MS = 2_000
/** The last text of a stream that the stop ends. A browser's EventSource connects again by itself. */
const GOODBYE = ': this process stops, connect again\n\n'

type Events = (signal: AbortSignal) => AsyncIterable<string>

/** `end`: the stream ends by itself. `server`: it goes on until the client disconnects or the server stops. */
type Until = 'end' | 'server'

/** The right to one more stream. Call either `send` or `release`. */
export interface StreamPlace {
  /** Aborted when the server stops and the stream has to end. */
  readonly stopping: AbortSignal
  /** Answers with a stream of server-sent events, which ends when the client disconnects. */
  send(reply: FastifyReply, events: Events): FastifyReply
  release(): void
}

export interface EventStreams {
  /**
   * @param principal whose stream it will be
   * @throws Fault `rate_limited`, `unavailable` also while the server stops
   */
  take(principal: string, until: Until): StreamPlace
  /**
   * Answers with a stream that ends when the client disconnects or the server stops.
   * @throws Fault `rate_limited`, `unavailable`
   */
  answer(reply: FastifyReply, principal: string, events: Events): FastifyReply
}

/** A stream while the server may have to stop it. */
interface OpenStream {
  until: Until
  stop(): void
}

/**
 * Creates the event streams of the process. When the server closes, streams that do not end by themselves get a last
 * comment and end at once. The others may go on for `graceMs`.
 */
export function createEventStreams(
  app: App,
  { graceMs = GRACE_MS }: { graceMs?: number | undefined } = {}
): EventStreams {
  const open = new Set<OpenStream>()
  const ofPrincipal = new Map<string, number>()
  let taken = 0
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    const stopAll = (until: Until): void => {
      for (const stream of open) if (stream.until === until) stream.stop()
    }
    stopAll('server')
    const grace = setTimeout(() => stopAll('end'), graceMs)
    app.server.once('close', () => clearTimeout(grace))
  })

  function take(principal: string, until: Until): StreamPlace {
    const count = ofPrincipal.get(principal) ?? 0
    const retry = { 'Retry-After': '5' }
    if (closing) throw new Fault('unavailable', { why: 'the server stops', headers: retry })
    if (count >= EVENT_STREAMS_OF_PRINCIPAL)
      throw new Fault('rate_limited', {
        why: 'too_many_event_streams',
        detail: `At most ${EVENT_STREAMS_OF_PRINCIPAL} event streams can be open at once.`,
        headers: retry
      })
    if (taken >= EVENT_STREAMS_MAX) throw new Fault('unavailable', { why: 'too_many_event_streams', headers: retry })
    taken++
    ofPrincipal.set(principal, count + 1)
    const stopping = new AbortController()
    let cut: (() => void) | undefined
    let late: NodeJS.Timeout | undefined
    const entry: OpenStream = {
      until,
      stop() {
        stopping.abort()
        late = setTimeout(() => cut?.(), LAST_TEXT_MS)
      }
    }
    open.add(entry)

    function release(): void {
      if (!open.delete(entry)) return
      clearTimeout(late)
      taken--
      const left = (ofPrincipal.get(principal) ?? 1) - 1
      if (left > 0) ofPrincipal.set(principal, left)
      else ofPrincipal.delete(principal)
    }

    return {
      stopping: stopping.signal,
      release,
      send(reply, events) {
        const gone = new AbortController()
        const signal = until === 'server' ? AbortSignal.any([gone.signal, stopping.signal]) : gone.signal
        const texts = until === 'server' ? withGoodbye(events(signal), stopping.signal) : events(signal)
        const stream = Readable.from(texts, { objectMode: false })
        cut = () => reply.raw.destroy()
        // The source waits for its next event, so it must be told that the client has disconnected.
        reply.raw.once('close', () => gone.abort())
        stream.once('close', () => {
          gone.abort()
          release()
        })
        return reply
          .headers({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
          .send(stream)
      }
    }
  }

  return { take, answer: (reply, principal, events) => take(principal, 'server').send(reply, events) }
}

async function* withGoodbye(texts: AsyncIterable<string>, stopping: AbortSignal): AsyncGenerator<string> {
  yield* texts
  if (stopping.aborted) yield GOODBYE
}
