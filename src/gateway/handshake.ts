import { isObject } from '../lib/json.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { Call } from './answer-call.ts'
import type { Answer } from './respond.ts'

/** A handshake is short: a larger body is an event. */
const HANDSHAKE_BYTES_MAX = 4096

/**
 * Answers the call with which a sender verifies, before its first event, that the URL wants its events. No flow runs
 * for it. Undefined for every other call.
 * @see https://docs.slack.dev/reference/events/url_verification
 */
export function answerHandshake({ signature, respond }: ListenerRecord, { body }: Call): Answer | undefined {
  if (signature?.preset !== 'slack' || !body || body.length > HANDSHAKE_BYTES_MAX) return undefined
  const event = parsed(body)
  if (!isObject(event) || event.type !== 'url_verification' || typeof event.challenge !== 'string') return undefined
  const answer = { challenge: event.challenge }
  return respond === 'http'
    ? { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(answer) }
    : { status: 200, headers: {}, body: answer }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
