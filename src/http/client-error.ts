import type { Socket } from 'node:net'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { problemOf, PROBLEM_TYPE } from './problem.ts'

/** What Node's parser says of requests too broken to be routed, as statuses (RFC 9110, section 15.5.9; RFC 6585, section 5). */
const STATUSES: Readonly<Record<string, { status: number; reason: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'Request Timeout' },
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'Request Header Fields Too Large' }
}
const MALFORMED = { status: 400, reason: 'Bad Request' }

/** Answers what is no HTTP with a problem like any other, and hangs up: nothing after it on the connection can be trusted. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, reason } = STATUSES[error.code ?? ''] ?? MALFORMED
  const requestId = newId('req')
  const body = JSON.stringify(problemOf(new Fault('invalid_request', { status }), requestId))
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close'
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
