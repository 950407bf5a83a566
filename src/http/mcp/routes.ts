import type { FastifyReply, FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import type { AuthenticatorChain } from '../../auth/authenticate.ts'
import { extractCredential } from '../../auth/extract-credential.ts'
import { authenticateCall, readCredential } from '../../gateway/admit.ts'
import { REQUEST_BODY_MAX } from '../../gateway/answer-call.ts'
import { Fault } from '../../lib/fault.ts'
import { basicPair } from '../basic.ts'
import { refuseForeignOrigin } from '../cross-site.ts'
import { queryOf } from '../request.ts'
import { protectedResource } from '../routes/oauth-metadata.ts'
import { problems, ProblemSchema, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import type { Caller } from './find-tools.ts'
import { answerMessage, type McpDeps } from './server.ts'

export type McpRouteDeps = McpDeps & { listenerAuthenticators: AuthenticatorChain }

declare module 'fastify' {
  interface FastifyRequest {
    agent: Caller | null
  }
}

const URL_PATH = '/v1/mcp'
/** RFC 9728, section 3.1: the path of the resource follows the well-known one. */
const METADATA_PATH = `/.well-known/oauth-protected-resource${URL_PATH}`
/** The common part of messages of all revisions (JSON-RPC 2.0, section 4). The SDK checks the rest. */
const Message = Type.Unsafe<object>({
  type: 'object',
  required: ['jsonrpc'],
  properties: { jsonrpc: { const: '2.0' } },
  additionalProperties: true,
  description: 'One message. Batches are refused, because newer revisions of the protocol have none',
  examples: [{ jsonrpc: '2.0', id: 1, method: 'tools/list' }]
})
const AnyMessage = Type.Unsafe<object>({
  type: 'object',
  additionalProperties: true,
  description: 'The answer, or an error of the protocol'
})
/** A problem document for errors before the protocol is handled, else an error of the protocol. */
const PROBLEM_OR_ERROR = {
  description: 'A problem (RFC 9457), or an error of the protocol (JSON-RPC 2.0, section 5.1)',
  content: {
    'application/problem+json': { schema: Ref(ProblemSchema) },
    'application/json': { schema: AnyMessage }
  }
} as unknown as TSchema
const Metadata = Type.Object({ resource: Type.String() }, { additionalProperties: true })

/**
 * The endpoint for agents (Model Context Protocol, streamable HTTP): each listener with `mcp` that the caller may call
 * is a tool. It accepts the credentials of listeners, but only in `Authorization`.
 */
export function mcpRoutes(app: App, deps: McpRouteDeps): void {
  const metadataUrl = `${deps.publicUrl}${METADATA_PATH}`
  app.decorateRequest('agent', null)

  async function onRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    refuseForeignOrigin(request, deps.publicUrl)
    const credential = await readCredential(extractCredential(request.raw.rawHeaders, queryOf(request)), () =>
      basicPair(app, request, reply)
    )
    if (!credential) throw new Fault('unauthenticated', { why: 'no_credential' })
    const { carrier } = credential
    if (carrier !== 'bearer' && carrier !== 'basic') throw new Fault('invalid_token', { why: 'carrier_not_accepted' })
    const principal = await authenticateCall(deps.listenerAuthenticators, credential, {
      ip: request.ip,
      requestId: request.id
    })
    request.principal = principal
    // As at a listener: these credentials are for management only.
    if (principal.kind === 'session' || principal.kind === 'management' || principal.kind === 'workspace')
      throw new Fault('invalid_token', { why: 'principal_not_accepted' })
    request.agent = { principal, carrier, ip: request.ip }
  }

  app.post(
    URL_PATH,
    {
      onRequest,
      config: { resourceMetadata: metadataUrl },
      bodyLimit: deps.requestBodyMax ?? REQUEST_BODY_MAX,
      schema: {
        operationId: 'sendAgentMessage',
        tags: ['listeners'],
        summary: 'A message of an agent (Model Context Protocol): listeners as tools',
        security: [{ token: [] }, { customer: [] }, { basic: [] }],
        body: Message,
        response: {
          200: AnyMessage,
          202: Type.Null({ description: 'The notification was accepted' }),
          400: PROBLEM_OR_ERROR,
          404: PROBLEM_OR_ERROR,
          ...problems(401, 403, 413, 415, 429, 503)
        }
      }
    },
    async (request, reply) => {
      if (!request.agent) throw new Error('an agent was not admitted')
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const response = await answerMessage(deps, request, request.agent, request.body, gone.signal)
      const type = response.headers.get('content-type')
      // The status is the protocol's, and the body its JSON.
      const answer: FastifyReply = reply
      if (type !== null) answer.type(type)
      return answer
        .code(response.status)
        .serializer((text: unknown) => text as string)
        .send(await response.text())
    }
  )

  app.get(
    METADATA_PATH,
    {
      schema: {
        operationId: 'getAgentResource',
        tags: ['listeners'],
        summary: 'Where agents get credentials (RFC 9728)',
        security: [],
        response: { 200: Metadata }
      }
    },
    async () => ({
      ...protectedResource(deps.publicUrl, `${deps.publicUrl}${URL_PATH}`),
      resource: `${deps.publicUrl}${URL_PATH}`,
      bearer_methods_supported: ['header']
    })
  )
}
