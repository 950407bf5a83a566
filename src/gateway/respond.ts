import { ContentError } from '../lib/content-error.ts'
import { BODY_FORMS, encodeContent } from '../lib/encode-content.ts'
import { scalarText } from '../lib/exact-number.ts'
import { isObject } from '../lib/json.ts'
import { isFieldName, isFieldValue } from '../lib/http-fields.ts'
import type { FlowOutcome, FlowProblem } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'

/**
 * The answer to a listener call; undefined = no body. With `respond: "http"`, the body is text or bytes that are sent
 * as they are, with the `content-type` of the headers; otherwise it is sent as JSON.
 */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: unknown
}

/**
 * Headers that a flow must not set, in lower case, as parts of a regular expression. Each group names headers that
 * somebody would obey beyond this one answer.
 */
const RESERVED = [
  // The connection, and the gateway itself.
  'connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|date|server|via',
  'x-request-id|sluice-.*|www-authenticate',
  // Browsers, for this whole site: cookies for the console, permissions for other sites to read, URLs that receive
  // reports of every call (NEL and Report-To outlive the page and send the query with its credentials), an alternative
  // server, a wider scope for a service worker, pages that are opened by themselves.
  'set-cookie2?|clear-site-data|access-control-.*|accept-ch|critical-ch|origin-trial|origin-agent-cluster|set-login',
  'nel|report-to|reporting-endpoints|alt-svc|service-worker-allowed|refresh|speculation-rules|(?:x-)?sourcemap',
  '(?:sec-|secure-)session-.*|activate-storage-access|use-as-dictionary|attribution-reporting-.*',
  // Security headers: a flow must not decide how this site is protected.
  'content-security-policy(?:-report-only)?|strict-transport-security|public-key-pins.*|expect-ct|referrer-policy',
  'x-content-type-options|x-frame-options|x-xss-protection|x-permitted-cross-domain-policies|x-download-options',
  'permissions-policy|feature-policy|document-policy|cross-origin-(?:opener|embedder|resource)-policy.*',
  // Proxies and caches: files that they send in place of the answer, and rules that visitors do not see.
  'x-accel-.*|x-sendfile.*|x-litespeed-.*|x-lighttpd-.*|x-reproxy-.*|surrogate-.*|(?:.+-)?cdn-cache-control'
]
const RESERVED_HEADERS = new RegExp(`^(?:${RESERVED.join('|')})$`)

const JSON_TYPE = 'application/json; charset=utf-8'

/** @throws Fault `flow_failed` for a run that did not succeed, with the status of its error */
export function respond(listener: ListenerRecord, outcome: FlowOutcome, runId: string): Answer {
  if (outcome.status === 'succeeded')
    return listener.respond === 'http' ? httpAnswer(outcome.output, runId) : outputAnswer(outcome.output)
  if (outcome.status === 'cancelled') throw flowFailed(500, runId, 'cancelled')
  // The caller learns the exact position only for its own input, because it cannot fix any other failure.
  if (outcome.origin === 'input')
    throw new Fault('validation_failed', {
      why: 'input schema of the flow',
      errors: outcome.errors ?? [],
      extensions: { runId }
    })
  throw failure(outcome.error, outcome.origin, runId)
}

function outputAnswer(output: unknown): Answer {
  return output === null || output === undefined
    ? { status: 204, headers: {}, body: undefined }
    : { status: 200, headers: {}, body: output }
}

function httpAnswer(output: unknown, runId: string): Answer {
  const malformed = (what: string): Fault =>
    flowFailed(500, runId, `the flow's output is not { status, headers?, body?, encoding? }: ${what}`)
  if (!isObject(output)) throw malformed('no object')
  const { status, headers = {}, body = null, encoding = null } = output
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) throw malformed('status')
  if (!isObject(headers)) throw malformed('headers')
  const form = BODY_FORMS.find((known) => known === encoding)
  if (encoding !== null && form === undefined) throw malformed('encoding')
  const answer: Answer = { status, headers: {}, body: undefined }
  for (const [name, value] of Object.entries(headers)) {
    const text = scalarText(value)
    if (text === undefined || !isFieldName(name) || !isFieldValue(text))
      throw malformed(`the header ${JSON.stringify(name.slice(0, 50))}`)
    const known = name.toLowerCase()
    if (!RESERVED_HEADERS.test(known)) answer.headers[known] = text
  }
  if (body === null) return answer
  try {
    const content = encodeContent(body, answer.headers['content-type'], form)
    const isUntypedJson = content.contentType === 'application/json' && answer.headers['content-type'] === undefined
    answer.headers['content-type'] = isUntypedJson ? JSON_TYPE : content.contentType
    return { ...answer, body: content.body }
  } catch (error) {
    if (error instanceof ContentError) throw flowFailed(500, runId, error.message)
    throw error
  }
}

function failure(
  error: FlowProblem,
  origin: Extract<FlowOutcome, { status: 'failed' }>['origin'],
  runId: string
): Fault {
  if (origin === 'upstream') return flowFailed(502, runId, describe(error))
  if (origin === 'timeout') return flowFailed(504, runId, describe(error))
  if (origin !== 'raise') return flowFailed(500, runId, describe(error))
  // The flow raised this error deliberately, so its text is meant for the caller.
  const { type, title, detail, instance } = error
  const status = Number.isInteger(error.status) && error.status >= 400 && error.status <= 599 ? error.status : 500
  return new Fault('flow_failed', {
    why: describe(error),
    status,
    extensions: { type, status, ...definedOf({ title, detail, instance }), runId }
  })
}

function flowFailed(status: number, runId: string, why: string): Fault {
  return new Fault('flow_failed', { why, status, extensions: { runId } })
}

function describe(error: FlowProblem): string {
  return [error.type, error.status, error.title, error.detail, error.instance]
    .filter((part) => part !== undefined)
    .join(' | ')
}

function definedOf(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
