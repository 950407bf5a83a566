import { ExpressionError, type Expressions, type JobOwner } from '../dsl/expressions/expressions.ts'
import { EgressError, type Egress } from '../platform/egress/index.ts'
import {
  lintOpenApiCalls,
  OPENAPI_LIMITS,
  openApiCalls,
  parseOpenApi,
  requireOpenApiVersion,
  type DocumentFault,
  type FlowDocument
} from '../dsl/index.ts'

/** Limits for the OpenAPI documents of one flow. */
export const PIN_LIMITS = Object.freeze({
  documents: 10,
  /** For one document; all are fetched at the same time. */
  timeoutMs: 10_000,
  /** For all documents together, in UTF-8. */
  bytes: 2 * OPENAPI_LIMITS.bytes
})

/** OpenAPI documents by URL, as the flow writes it. */
export type PinnedOpenApi = ReadonlyMap<string, unknown>

/**
 * Fetches the OpenAPI documents that a flow calls, so that its behaviour changes only when its author saves it again.
 * @param owner whose share of the worker threads is used to read YAML
 * @param document valid, except for what only these documents can show
 * @returns the documents, a fault for each call whose document cannot be fetched or lacks the operation, and the URLs
 *   that were requested
 */
export async function pinOpenApi(
  { egress, expressions }: { egress: Egress; expressions: Expressions },
  document: FlowDocument,
  owner: JobOwner
): Promise<{ openapi: PinnedOpenApi; faults: DocumentFault[]; fetched: string[] }> {
  const endpoints = [...new Set(openApiCalls(document).map(({ endpoint }) => endpoint))]
  const pinned = new Map<string, unknown>()
  const failures = new Map(
    endpoints
      .slice(PIN_LIMITS.documents)
      .map((endpoint) => [
        endpoint,
        `A flow can call at most ${PIN_LIMITS.documents} OpenAPI documents: this one exceeds that.`
      ])
  )
  const fetched = await Promise.all(
    endpoints
      .slice(0, PIN_LIMITS.documents)
      .map(async (endpoint) => ({ endpoint, ...(await fetchText(egress, endpoint)) }))
  )
  let left = PIN_LIMITS.bytes
  for (const { endpoint, text, bytes = 0, failure } of fetched) {
    left -= bytes
    const read =
      text === undefined
        ? { failure }
        : left < 0
          ? {
              failure: `The OpenAPI documents of a flow can have ${PIN_LIMITS.bytes} bytes in total: this exceeds that.`
            }
          : await readText(text, (yaml) => expressions.read(yaml, 'yaml', { owner }))
    if (read.failure === undefined) pinned.set(endpoint, read.document)
    else failures.set(endpoint, read.failure)
  }
  return {
    openapi: pinned,
    faults: lintOpenApiCalls(document, pinned, failures),
    fetched: fetched.map(({ endpoint }) => endpoint)
  }
}

async function fetchText(egress: Egress, url: string): Promise<{ text?: string; bytes?: number; failure?: string }> {
  try {
    const { status, body } = await egress.request({
      method: 'GET',
      url,
      headers: { accept: 'application/json, application/yaml;q=0.9, */*;q=0.8' },
      redirect: 'follow',
      totalTimeoutMs: PIN_LIMITS.timeoutMs,
      maxResponseBytes: OPENAPI_LIMITS.bytes
    })
    if (status !== 200) return { failure: notFetched(`it was answered with status ${status}`) }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(body), bytes: body.length }
  } catch (error) {
    if (error instanceof EgressError) return { failure: notFetched(error.message) }
    if (error instanceof TypeError) return { failure: notFetched('it is not text in UTF-8') }
    throw error
  }
}

function notFetched(why: string): string {
  return `The OpenAPI document could not be fetched: ${why}.`
}

async function readText(
  text: string,
  readYaml: Parameters<typeof parseOpenApi>[1]
): Promise<{ document?: unknown; failure?: string }> {
  try {
    const document = await parseOpenApi(text, readYaml)
    requireOpenApiVersion(document)
    return { document }
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ExpressionError) throw error
    return { failure: `The OpenAPI document cannot be used: ${error.message.replace(/\.$/, '')}.` }
  }
}
