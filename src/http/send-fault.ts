import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Fault } from '../lib/fault.ts'
import { PROBLEM_TYPE, problemHeaders, problemOf } from './problem.ts'
import { leavesBodyOpen } from './protocol.ts'

/** Answers with the problem document of a fault (RFC 9457), and keeps the fault for the log. */
export function sendFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
  request.fault = fault
  const status = request.listenerCall?.compat ? compatStatus(fault) : fault.status
  void reply
    .code(status)
    .headers(problemHeaders(fault, request))
    .headers(leavesBodyOpen(request) ? { Connection: 'close' } : {})
    .header('X-Content-Type-Options', 'nosniff')
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send({ ...problemOf(fault, request.id, request.trace?.traceId), ...(status < 400 ? {} : { status }) })
}

/**
 * DCKAP's statuses: 400 for a disabled listener, 401 for a credential, and 200 with the problem as body for every other
 * error.
 */
function compatStatus({ code, status }: Fault): number {
  if (code === 'listener_disabled') return 400
  return status === 401 ? 401 : 200
}
