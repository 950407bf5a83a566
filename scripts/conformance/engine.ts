import { request } from 'undici'
import type { Expressions } from '../../src/dsl/expressions/expressions.ts'
import {
  compileFlow,
  type DocumentFault,
  type FlowDocument,
  type FlowOutcome,
  type FlowPorts,
  type HttpCall,
  lintDocument,
  lintOpenApiCalls,
  openApiCalls,
  parseDocument,
  parseOpenApi,
  runFlow,
  type StepRecord
} from '../../src/dsl/index.ts'
import type { StandIns } from './stand-ins.ts'

/**
 * The engine for these programs: it takes documents as text and returns outcomes. Every call is answered on loopback.
 */
export interface Engine {
  prepare(text: string): Promise<{
    faults: DocumentFault[]
    run?: (input: unknown) => Promise<{ outcome: FlowOutcome; steps: StepRecord[] }>
  }>
}

/** Creates an engine that redirects all calls to the stand-ins. */
export function createEngine(expressions: Expressions, standIns: StandIns): Engine {
  const send = async (
    call: Pick<HttpCall, 'method' | 'url' | 'headers' | 'body' | 'authentication'>
  ): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array; url: string }> => {
    const reply = await request(standIns.redirect(call.url), {
      method: call.method as 'GET',
      headers: { ...call.headers, ...authorization(call.authentication) },
      body: call.body ?? null
    })
    const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, String(value)]))
    return { status: reply.statusCode, headers, body: new Uint8Array(await reply.body.arrayBuffer()), url: call.url }
  }
  const ports: FlowPorts = {
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: async () => undefined,
    http: (call) => send(call),
    secrets: async (names) =>
      Object.fromEntries(
        names.map((name) => [
          name,
          { authority: 'https://auth.example', grant: 'client_credentials', client: { id: 'id', secret: 'secret' } }
        ])
      ),
    subflow: async () => ({
      status: 'failed',
      error: { type: 'about:blank', status: 500, title: 'There is no other flow here.' },
      origin: 'engine'
    }),
    start: async () => 'run_other',
    emit: async () => undefined,
    listen: async () => {
      throw new Error('There is no event here.')
    }
  }
  const pin = async (document: FlowDocument): Promise<Map<string, unknown>> => {
    const pinned = new Map<string, unknown>()
    for (const { endpoint } of openApiCalls(document)) {
      const { body } = await send({
        method: 'GET',
        url: endpoint,
        headers: {},
        body: undefined,
        authentication: undefined
      })
      pinned.set(
        endpoint,
        await parseOpenApi(new TextDecoder().decode(body), async (yaml) => parseDocument(yaml, 'yaml'))
      )
    }
    return pinned
  }
  return {
    prepare: async (text) => {
      const { document, faults } = parseDocument(text, 'yaml')
      const found = faults.length > 0 ? faults : await lintDocument(document, expressions)
      if (found.length > 0) return { faults: found }
      const openapi = await pin(document as FlowDocument)
      const missing = lintOpenApiCalls(document as FlowDocument, openapi)
      if (missing.length > 0) return { faults: missing }
      const flow = compileFlow(document as FlowDocument, expressions, { openapi })
      return {
        faults: [],
        run: async (input) => {
          const steps: StepRecord[] = []
          const outcome = await runFlow(flow, input, {
            runtime: { version: '0.0.0', metadata: { runId: 'run_conformance' } },
            ports,
            startedAt: Date.now(),
            onStep: (step) => steps.push(step)
          })
          return { outcome, steps }
        }
      }
    }
  }
}

/** The Authorization header, which egress makes in the gateway. The stand-ins accept every token. */
function authorization(authentication: HttpCall['authentication']): Record<string, string> {
  if (authentication === undefined) return {}
  if (authentication.scheme === 'basic')
    return {
      authorization: `Basic ${Buffer.from(`${authentication.username}:${authentication.password}`).toString('base64')}`
    }
  return { authorization: `Bearer ${authentication.scheme === 'bearer' ? authentication.token : 'stand-in'}` }
}
