import type { HttpCall, HttpReply } from '../ports.ts'
import { FlowError, flowError } from '../problem.ts'
import { base64, decodeContent } from './decode-reply.ts'
import { effect } from '../run/effect.ts'
import type { TaskState } from '../run/state.ts'

/** What a call returns: its parsed content, the whole response, or its bytes in base64. */
export type CallOutput = 'content' | 'response' | 'raw'

/**
 * Sends a request as one effect and returns what the task asks for.
 * @throws FlowError `communication` with the upstream's status for anything but 2xx.
 */
export function performCall(call: Omit<HttpCall, 'signal'>, output: CallOutput, state: TaskState): Promise<unknown> {
  return effect(state, '', async (at) => {
    const reply = await send({ ...call, signal: at.signal }, () =>
      state.frame.run.ports.http({ ...call, signal: at.signal }, at)
    )
    state.frame.run.budget.slice.restart()
    if (reply.status < 200 || reply.status > 299) {
      throw flowError(
        'communication',
        `${call.method} ${withoutQuery(call.url)} was answered with status ${reply.status}.`,
        { status: reply.status }
      )
    }
    if (output === 'raw') return base64(reply.body)
    const content = decodeContent(reply)
    if (output === 'content') return content
    const request = { method: call.method, uri: call.url, headers: call.headers }
    return { request, statusCode: reply.status, headers: reply.headers, content }
  })
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
