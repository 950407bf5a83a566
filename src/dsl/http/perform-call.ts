import type { HttpAuthentication, HttpCall, HttpReply, PlannedCall } from '../ports.ts'
import { FlowError, flowError } from '../problem.ts'
import { base64, decodeContent } from './decode-reply.ts'
import { errorResponse } from './error-response.ts'
import { effect } from '../run/effect.ts'
import { holdsSecret, reportSecretTexts } from '../run/secrets.ts'
import type { TaskState } from '../run/state.ts'

/** What a call returns: its parsed content, the whole response, or its bytes in base64. */
export type CallOutput = 'content' | 'response' | 'raw'

/**
 * Sends a request as one effect and returns what the task asks for.
 * @throws FlowError `communication` with the upstream's status and answer for anything but 2xx; with `redirect: true`
 * for anything outside 200 to 399 (DSL 1.0.3, "HTTP Call").
 */
export async function performCall(planned: PlannedCall, output: CallOutput, state: TaskState): Promise<unknown> {
  const { run } = state.frame
  const fetched = new Set<string>()
  const onCredential = (credential: string): void => {
    fetched.add(credential)
    reportSecretTexts(credential, run)
  }
  const performed = effect(state, '', async (at) => {
    const call = { ...planned, holdsSecret: (text: string) => holdsSecret(text, run), signal: at.signal, onCredential }
    const reply = await send(call, () => run.ports.http(call, at))
    run.budget.slice.restart()
    if (reply.status < 200 || reply.status > (call.redirect ? 399 : 299)) {
      throw flowError(
        'communication',
        `${call.method} ${withoutQuery(call.url)} was answered with status ${reply.status}.`,
        { status: reply.status, response: errorResponse(reply, run) }
      )
    }
    if (output === 'raw') return base64(reply.body)
    const content = decodeContent(reply)
    if (output === 'content') return content
    const request = { method: call.method, uri: call.url, headers: call.headers }
    return { request, statusCode: reply.status, headers: reply.headers, content }
  })
  if (!fetchesCredential(planned.authentication)) return performed
  try {
    const result = await performed
    await tellEchoed(result, fetched, state)
    return result
  } catch (error) {
    if (error instanceof FlowError) await tellEchoed(error.problem, fetched, state)
    throw error
  }
}

function fetchesCredential(authentication: HttpAuthentication | undefined): boolean {
  return authentication !== undefined && authentication.scheme !== 'basic' && authentication.scheme !== 'bearer'
}

/**
 * Records the credentials that the result of an upstream repeats: a resumed run does not send the call again, but must
 * still mask them.
 */
async function tellEchoed(result: unknown, fetched: ReadonlySet<string>, state: TaskState): Promise<void> {
  const echoed = await effect(state, ':credentials', async () => {
    const text = JSON.stringify(result) ?? ''
    return [...fetched].filter((credential) => text.includes(credential))
  })
  reportSecretTexts(echoed, state.frame.run)
}

async function send(call: HttpCall, perform: () => Promise<HttpReply>): Promise<HttpReply> {
  try {
    return await perform()
  } catch (error) {
    if (error instanceof FlowError) throw error
    throw flowError('communication', `${call.method} ${withoutQuery(call.url)} was not answered.`, { cause: error })
  }
}

/** A URL for messages, without its query: queries may hold credentials. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] as string
}
