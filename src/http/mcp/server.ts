import {
  createMcpHandler,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Tool,
  WebStandardStreamableHTTPServerTransport
} from '@modelcontextprotocol/server'
import type { FastifyRequest } from 'fastify'
import type { PublishedFlow } from '../../flows/published-flows.ts'
import { Fault } from '../../lib/fault.ts'
import type { ToolListener } from '../../listeners/tool-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import { callAsPost, type CallAsPostDeps } from '../call-as-post.ts'
import { faultOf } from '../errors.ts'
import { type Caller, findTools, type FindToolDeps } from './find-tools.ts'
import { inputSchemaOf } from './input-schema.ts'
import { errorOf, resultOf } from './tool-result.ts'

export interface McpDeps extends CallAsPostDeps, FindToolDeps {
  flows: RecordCache<PublishedFlow>
  version: string
}

/** How many tools one page of their list has. */
const TOOLS_PAGE = 100
/** Headers that concern a single call. A client would send them with every call of a tool. */
const OF_ONE_CALL: ReadonlySet<string> = new Set(['idempotency-key', 'prefer'])

/**
 * Answers one message of an agent (Model Context Protocol, streamable HTTP) in JSON, without keeping state between
 * messages. It supports every revision of the protocol that the SDK knows.
 * @param message the parsed body
 * @param signal aborted when the client is gone
 */
export async function answerMessage(
  deps: McpDeps,
  request: FastifyRequest,
  caller: Caller,
  message: unknown,
  signal: AbortSignal
): Promise<Response> {
  const web = new Request(`${deps.publicUrl}/v1/mcp`, { method: 'POST', headers: headersOf(request), signal })
  const server = serverFor(deps, request, caller)
  const parsed = { parsedBody: message }
  if (!(await isLegacyRequest(web, message)))
    // There are no notifications, so there is nothing to subscribe to.
    return createMcpHandler(() => server, { legacy: 'reject', maxSubscriptions: 0 }).fetch(web, parsed)
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  return transport.handleRequest(web, parsed)
}

/** The headers that the protocol reads, without credentials. `Accept` is replaced, because every answer is JSON. */
function headersOf({ headers }: FastifyRequest): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => name.startsWith('mcp-') || name === 'last-event-id')
  return {
    ...Object.fromEntries(named.map(([name, value]) => [name, String(value)])),
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream'
  }
}

function serverFor(deps: McpDeps, request: FastifyRequest, caller: Caller): Server {
  const server = new Server({ name: 'sluice', version: deps.version }, { capabilities: { tools: {} } })

  server.setRequestHandler('tools/list', async ({ params }) => {
    const tools = [...(await findTools(deps, caller))]
    const start = offsetOf(params?.cursor)
    const page = tools.slice(start, start + TOOLS_PAGE)
    const described = await Promise.all(page.map(([name, listener]) => describe(deps, name, listener)))
    return {
      tools: described.filter((tool) => tool !== undefined),
      ...(start + TOOLS_PAGE < tools.length ? { nextCursor: cursorOf(start + TOOLS_PAGE) } : {})
    }
  })

  server.setRequestHandler('tools/call', async ({ params }) => {
    try {
      const tool = (await findTools(deps, caller)).get(params.name)
      if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name.slice(0, 100)}`)
      const { answer } = await callAsPost(deps, request, {
        ...caller,
        listenerId: tool.id,
        body: params.arguments ?? {},
        headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OF_ONE_CALL.has(name)))
      })
      return resultOf(answer)
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      const fault = faultOf(error)
      // For the log and the record of the request, because the HTTP status of a tool error is 200.
      request.fault = fault
      return errorOf(fault, request.id)
    }
  })
  return server
}

/** Undefined if the flow has no published version that compiles, or takes no object. */
async function describe(deps: McpDeps, name: string, { id, name: title }: ToolListener): Promise<Tool | undefined> {
  const listener = await deps.listeners.get(id)
  const flow = listener && (await publishedFlow(deps, listener.flowId))
  const inputSchema = flow && inputSchemaOf(flow.compiled.document)
  if (!inputSchema) return undefined
  const { document } = flow.compiled.document
  return { name, title: document.title ?? title, description: document.summary ?? document.title ?? title, inputSchema }
}

async function publishedFlow({ flows }: McpDeps, flowId: string): Promise<PublishedFlow | undefined> {
  try {
    return await flows.get(flowId)
  } catch (error) {
    if (error instanceof Fault && error.code === 'unavailable') throw error
    // If a version does not compile any more, only its own tool is hidden.
    return undefined
  }
}

function cursorOf(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url')
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor')
  return Number(text)
}
