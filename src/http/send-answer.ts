import type { FastifyReply } from 'fastify'
import type { Answer } from '../gateway/respond.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'

/** If a browser opens an answer as a page, it is sandboxed and has no access to this site. */
const SANDBOXED = { 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' }

/** Sends the body of a listener's answer. Its status and headers are set before. */
export function sendAnswer(
  reply: FastifyReply,
  { body }: Answer,
  { respond }: Pick<ListenerRecord, 'respond'>
): FastifyReply {
  if (body === undefined) return reply.send()
  // The flow chose the content type, and `respond` has encoded the body.
  if (respond === 'http') return reply.headers(SANDBOXED).send(body)
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
}
