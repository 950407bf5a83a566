import type { Origin } from '../credentials/principal.ts'
import { Fault } from '../lib/fault.ts'
import { startSync, type StartDeps } from '../runs/start.ts'
import type { Admission } from './admit.ts'
import { parseBody } from './body.ts'
import { callerOf, flowHeaders, flowQuery, type ListenerInput } from './input.ts'
import { respond, type Answer } from './respond.ts'

/** An admitted call with its body. */
export interface Call {
  method: string
  path: string
  query: URLSearchParams | undefined
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer | undefined
  origin: Origin
  /** Told of the run as soon as there is one: its id goes out with failures too. */
  onRun(runId: string): void
}

/**
 * Runs the listener's flow and answers.
 * @throws Fault `listener_disabled`, `method_not_allowed`, `invalid_request`, `unsupported_media_type`, `flow_failed`, `unavailable`
 */
export async function answerCall(deps: StartDeps, { listener, principal }: Admission, call: Call): Promise<Answer> {
  if (!listener.enabled) throw new Fault('listener_disabled')
  if (listener.methods && !listener.methods.has(call.method)) throw new Fault('method_not_allowed', { why: call.method, headers: { Allow: [...listener.methods].join(', ') } })
  const caller = callerOf(principal, listener)
  const input: ListenerInput = {
    method: call.method,
    path: call.path,
    query: flowQuery(call.query),
    headers: flowHeaders(call.headers),
    body: call.body ? await parseBody(call.body, single(call.headers['content-type']), single(call.headers['content-encoding'])) : null,
    caller
  }
  const { runId, outcome } = await startSync(deps, {
    flowId: listener.flowId,
    listenerId: listener.id,
    caller,
    accountId: 'account' in principal ? principal.account.id : null,
    tokenId: principal.kind === 'token' ? principal.token.id : null,
    requestId: call.origin.requestId,
    input,
    timeoutMs: listener.timeoutMs
  })
  call.onRun(runId)
  return respond(listener, outcome, runId)
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
