import type { Origin } from '../auth/principal.ts'
import { withoutCredentials } from '../auth/extract-credential.ts'
import { Fault } from '../lib/fault.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { RunStatus } from '../runs/run.ts'
import {
  mayOutlive,
  startAsync,
  startOutliving,
  type ListenerRun,
  type StartDurableDeps
} from '../runs/start-durable.ts'
import { startSync } from '../runs/start-inline.ts'
import type { Admission } from './admit.ts'
import { withPlainBody } from './plain-body.ts'
import { parseBody } from './parse-body.ts'
import { idempotencyKeyOf, keyOwner, requestDigest } from './idempotency-key.ts'
import type { Idempotency, KeyedCall } from './idempotency.ts'
import { callerOf, flowHeaders, flowQuery, recordedCaller, type ListenerInput } from './flow-input.ts'
import { respond, type Answer } from './respond.ts'

/** An admitted call with its body. */
export interface Call {
  method: string
  path: string
  /** The values in the path; undefined for the URL with the listener's id. */
  pathParams?: Readonly<Record<string, string>> | undefined
  query: URLSearchParams | undefined
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer | undefined
  origin: Origin
  /** Called with the run's id as soon as it is known, so that the answer to a failure can contain it too. */
  onRun(runId: string): void
}

export interface CallDeps extends StartDurableDeps {
  idempotency: Idempotency
  /** Without a trailing slash. */
  publicUrl: string
  /** The most bytes of a body after decompression. */
  requestBodyMax?: number
}

export const REQUEST_BODY_MAX = 10 * 1024 * 1024

/**
 * Answers an admitted call in steps: accept, parse, run, respond.
 * @returns the flow's answer, or 202 if the run continues after the call
 * @throws Fault `listener_disabled`, `method_not_allowed`, `invalid_request`, `unsupported_media_type`, `conflict`,
 * `flow_failed`, `rate_limited`, `unavailable`
 */
export async function answerCall(deps: CallDeps, admission: Admission, received: Call): Promise<Answer> {
  const reading = readCall(deps, admission, received)
  const { listener, call, run } = reading instanceof Promise ? await reading : reading
  const keyed = keyOf(admission, call)
  const preference = prefersAsync(call.headers['prefer']) && allowsAsync(admission)
  if (!keyed) return answerRun(deps, listener, run, preference, call)
  return deps.idempotency.once(
    keyed,
    async (runId, again) =>
      (again && (await answerBegun(deps, runId, call))) ||
      answerRun(deps, listener, { ...run, runId }, preference, call)
  )
}

/** What to run, and for whom. */
export interface ReadCall {
  listener: ListenerRecord
  call: Call
  run: ListenerRun
}

/**
 * Reads an admitted call. Returns synchronously if it has no body.
 * @throws Fault `listener_disabled`, `method_not_allowed`, `invalid_request`, `payload_too_large`,
 *   `unsupported_media_type`
 */
export function readCall(
  deps: Pick<CallDeps, 'requestBodyMax'>,
  admission: Admission,
  received: Call
): ReadCall | Promise<ReadCall> {
  const listener = acceptMethod(admission.listener, received.method)
  if (!received.body)
    return { listener, call: received, run: describeRun(admission, received, inputOf(admission, received, null)) }
  return readBody(deps, admission, received)
}

async function readBody(
  deps: Pick<CallDeps, 'requestBodyMax'>,
  admission: Admission,
  received: Call
): Promise<ReadCall> {
  const call = await withPlainBody(received, deps.requestBodyMax ?? REQUEST_BODY_MAX)
  const body = call.body ? await parseBody(call.body, single(call.headers['content-type'])) : null
  return { listener: admission.listener, call, run: describeRun(admission, call, inputOf(admission, call, body)) }
}

/** @throws Fault `listener_disabled`, `method_not_allowed` */
export function acceptMethod(listener: ListenerRecord, method: string): ListenerRecord {
  if (!listener.enabled) throw new Fault('listener_disabled')
  const { methods } = listener
  // A listener that takes GET also takes HEAD (RFC 9110, section 9.3.2).
  if (methods && !methods.has(method) && !(method === 'HEAD' && methods.has('GET')))
    throw new Fault('method_not_allowed', { why: method, headers: { Allow: [...methods].join(', ') } })
  return listener
}

/** @param body the parsed body */
function inputOf({ listener, principal }: Admission, call: Call, body: unknown): ListenerInput {
  return {
    method: call.method,
    path: call.path,
    ...(call.pathParams ? { pathParams: call.pathParams } : {}),
    query: flowQuery(call.query),
    headers: flowHeaders(call.headers, listener.signature?.scheme.headers),
    body,
    ...(listener.rawBody ? { rawBody: call.body?.toString('base64') ?? '' } : {}),
    caller: callerOf(principal, listener)
  }
}

function describeRun({ listener, principal, triedBy }: Admission, { origin }: Call, input: ListenerInput): ListenerRun {
  const run: ListenerRun = {
    flowId: listener.flowId,
    listenerId: listener.id,
    caller: recordedCaller(input.caller, principal, { ip: origin.ip, triedBy }),
    accountId: 'account' in principal ? principal.account.id : null,
    tokenId: principal.kind === 'token' ? principal.token.id : null,
    requestId: origin.requestId,
    input,
    timeoutMs: listener.timeoutMs,
    keep: { records: listener.records, steps: listener.steps, days: listener.retentionDays },
    priority: listener.priority,
    continues: listener.onDeadline === 'continue'
  }
  if (origin.trace) {
    run.caller.trace = origin.trace.traceparent
    if (origin.trace.span) run.span = origin.trace.span
  }
  return run
}

/**
 * The call with its `Idempotency-Key`; undefined if it has none.
 * @throws Fault `invalid_request`
 */
function keyOf({ listener, principal }: Admission, call: Call): KeyedCall | undefined {
  const key = idempotencyKeyOf(call.headers['idempotency-key'])
  if (key === undefined) return undefined
  const query = call.query ? withoutCredentials(call.query) : []
  return {
    workspaceId: listener.workspaceId,
    listenerId: listener.id,
    principal: keyOwner(principal, call.origin.ip),
    key,
    digest: requestDigest(call.method, query, single(call.headers['content-type']), call.body, call.pathParams),
    retryForMs: listener.timeoutMs,
    onRun: call.onRun
  }
}

async function answerRun(
  deps: CallDeps,
  listener: ListenerRecord,
  run: ListenerRun,
  preference: boolean,
  call: Call
): Promise<Answer> {
  if (listener.mode === 'async' || preference) {
    const { runId } = await startAsync(deps, run)
    call.onRun(runId)
    return accepted(deps, runId, 'queued', preference)
  }
  const outlives = mayOutlive(deps, run)
  const { runId, outcome } = (outlives instanceof Promise ? await outlives : outlives)
    ? await startOutliving(deps, run)
    : await startSync(deps, run)
  call.onRun(runId)
  return outcome === 'durable' ? accepted(deps, runId, 'running', false) : respond(listener, outcome, runId)
}

/**
 * Answers a repeated call if the process of the first one died. A run that is already durable continues by itself and
 * is not started again.
 */
async function answerBegun(deps: CallDeps, runId: string, call: Call): Promise<Answer | undefined> {
  const status = await deps.engine.statusOf(runId)
  if (status === undefined) return undefined
  call.onRun(runId)
  return accepted(deps, runId, status, false)
}

/** 202 with the URL of the durable run (RFC 9110, section 15.3.3; RFC 7240, section 4.1). */
function accepted({ publicUrl }: CallDeps, runId: string, status: RunStatus, preference: boolean): Answer {
  const statusUrl = `${publicUrl}/v1/runs/${runId}`
  return {
    status: 202,
    headers: { location: statusUrl, ...(preference ? { 'preference-applied': 'respond-async' } : {}) },
    body: { runId, status, statusUrl }
  }
}

/** Whether this caller may ask for a durable run, which costs more and outlives the timeout of the listener. */
function allowsAsync({ listener, principal }: Admission): boolean {
  return listener.allowAsync ?? principal.kind !== 'anonymous'
}

function prefersAsync(header: string | string[] | undefined): boolean {
  return (
    header !== undefined &&
    String(header)
      .split(',')
      .some((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
  )
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
