import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Fault } from '../lib/fault.ts'
import { answerRaw } from './errors.ts'

/** RFC 9112, section 3.2; RFC 3986, section 3.2.2: a name or an address, and a port. */
const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i

/** Requests whose sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1). */
const waiting = new WeakSet<IncomingMessage>()

/**
 * The path and query of a request target. A target in absolute form names them after the scheme and the host (RFC 9112,
 * section 3.2.2).
 */
export function targetOf({ url = '/' }: { url?: string | undefined }): string {
  if (url.startsWith('/')) return url
  const target = url.replace(ABSOLUTE_FORM, '')
  return target.startsWith('/') || target === '*' ? target : `/${target}`
}

/** Implements what HTTP/1.1 requires of a server and Node does not do by itself. */
export function followHttp(app: FastifyInstance): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request)
    app.server.emit('request', request, response)
  })
  // A server may ignore an expectation that it does not support (RFC 9110, section 10.1.1). Node would answer an empty
  // 417.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    answerRaw(socket, new Fault('method_not_allowed', { why: 'CONNECT' }), {
      Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE'
    })
  })
  app.addHook('onRequest', (request, _reply, done) => {
    refuseMalformed(request)
    done()
  })
  // After the guards have run, so that a refused request is never asked for its body.
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (waiting.has(request.raw) && fits(request)) {
      waiting.delete(request.raw)
      reply.raw.writeContinue()
    }
    done(null, payload)
  })
}

/** Whether the connection must be closed after the answer, because the announced body may still arrive. */
export function leavesBodyOpen(request: FastifyRequest): boolean {
  return waiting.has(request.raw)
}

/** @throws Fault `invalid_request` */
function refuseMalformed({ raw }: FastifyRequest): void {
  const { httpVersion, rawHeaders, headers } = raw
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1') || (hosts === 1 && !HOST.test(headers.host ?? '')))
    throw new Fault('invalid_request', {
      why: 'host',
      detail: 'A request must have exactly one Host header, with a host and an optional port.'
    })
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase().trim() !== 'chunked')
    throw new Fault('invalid_request', {
      why: 'transfer_coding',
      status: 501,
      detail: 'The only transfer coding that is supported is chunked.',
      headers: { Connection: 'close' }
    })
  if (raw.url?.includes('#'))
    throw new Fault('invalid_request', { why: 'fragment', detail: 'The target of a request must not have a fragment.' })
}

/** Whether the announced length is within the limit. A longer body is refused without being sent. */
function fits({ headers, routeOptions }: FastifyRequest): boolean {
  const length = Number(headers['content-length'] ?? 0)
  return length <= (routeOptions.bodyLimit ?? Infinity)
}
