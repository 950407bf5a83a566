import { Fault } from '../lib/fault.ts'
import { createTextChannel } from '../lib/text-channel.ts'
import { METHODS } from '../listeners/listener.ts'
import { newRequestRunId } from '../runs/run-id.ts'
import { startSync } from '../runs/start-inline.ts'
import type { Admission } from './admit.ts'
import { type Call, type CallDeps, readCall } from './answer-call.ts'
import { respond } from './respond.ts'

const STREAM_LIMITS = Object.freeze({
  /** Characters that wait for a slow client before the next `emit` of the run waits for it. */
  waitingChars: 1024 * 1024,
  /** A comment is sent after this time without an event, so that proxies keep the connection. */
  idleMs: 15_000,
  comment: ':\n\n',
  /**
   * How long the answer is held back, so that a flow that refuses its input is answered with a problem document as by
   * other listeners.
   */
  openingMs: 500
})

/**
 * Runs the flow of an admitted call, whose events are the answer: `event: <type>` with each CloudEvent that the run
 * emits, masked, and at the end `event: result` with the output or `event: error` with the problem document. The run is
 * inline: its waits count toward the listener's timeout, and it continues if the client disconnects. A server that
 * stops cancels it: the last event is `error` with `unavailable`.
 * @param stream.problemOf the problem document of a fault
 * @param stream.stopping aborted when the stream has to end
 * @returns the server-sent events
 * @throws Fault `listener_disabled`, `method_not_allowed` also for HEAD, `invalid_request` also for an
 *   `Idempotency-Key`, `unsupported_media_type`, `validation_failed` if the flow refuses its input, `not_found`
 */
export async function streamCall(
  deps: CallDeps,
  admission: Admission,
  received: Call,
  { problemOf, stopping }: { problemOf(fault: unknown): unknown; stopping: AbortSignal }
): Promise<AsyncIterable<string>> {
  refuseWhatNoStreamHas(admission, received)
  const { run, listener, call } = await readCall(deps, admission, received)
  const runId = newRequestRunId(deps.clock.now(), listener.retentionDays)
  const channel = createTextChannel({
    maxChars: STREAM_LIMITS.waitingChars,
    idleMs: STREAM_LIMITS.idleMs,
    idle: STREAM_LIMITS.comment
  })
  call.onRun(runId)
  const onEvent = (type: string, json: string): Promise<void> => channel.push(textOf(type, json))
  const ending = startSync(deps, { ...run, runId, onEvent, signal: stopping }).then(
    ({ outcome }) => ({ outcome }),
    (error: unknown) => ({ error })
  )
  const opening = Promise.withResolvers<'open'>()
  const timer = setTimeout(() => opening.resolve('open'), STREAM_LIMITS.openingMs)
  const first = await Promise.race([ending, opening.promise, channel.begun])
  clearTimeout(timer)
  if (typeof first === 'object') {
    if ('error' in first) throw first.error
    if (first.outcome.status === 'failed' && first.outcome.origin === 'input') respond(listener, first.outcome, runId)
  }
  // The head of the answer is sent with the first text.
  if (first === 'open') void channel.push(STREAM_LIMITS.comment)
  void ending.then(async (end) => {
    try {
      if ('error' in end) throw end.error
      if (stopping.aborted && end.outcome.status === 'cancelled')
        throw new Fault('unavailable', { why: 'the server stops', extensions: { runId } })
      await channel.push(textOf('result', JSON.stringify(respond(listener, end.outcome, runId).body ?? null)))
    } catch (error) {
      await channel.push(textOf('error', JSON.stringify(problemOf(error))))
    } finally {
      channel.end()
    }
  })
  return channel
}

/**
 * One server-sent event (HTML, section 9.2). A line break in the type would begin another field, so it becomes a space.
 */
function textOf(type: string, json: string): string {
  return `event: ${type.replace(/[\r\n]+/g, ' ')}\ndata: ${json}\n\n`
}

/** @throws Fault `method_not_allowed`, `invalid_request` */
function refuseWhatNoStreamHas({ listener }: Admission, { method, headers }: Call): void {
  if (method === 'HEAD') {
    const others = [...(listener.methods ?? METHODS)].filter((one) => one !== 'HEAD')
    throw new Fault('method_not_allowed', { why: 'head_of_stream', headers: { Allow: others.join(', ') } })
  }
  if (headers['idempotency-key'] !== undefined)
    throw new Fault('invalid_request', {
      why: 'idempotency_key_of_stream',
      detail: 'A streaming listener does not store answers to repeat: call it without Idempotency-Key.'
    })
}
