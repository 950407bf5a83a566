import { parse as parseYaml } from 'yaml'
import type { FlowDocument } from '../document.ts'
import type { DocumentFault } from '../parse.ts'
import { pointerTo } from '../pointer.ts'
import { isObject, own } from '../record.ts'
import { findOperation } from './operation.ts'

/** Bytes of an OpenAPI document, as text. */
export const MAX_OPENAPI_BYTES = 2 * 1024 * 1024

/** A `call: openapi` in a document: where it stands, and the OpenAPI document that it needs. */
export interface OpenApiCall {
  readonly pointer: string
  readonly endpoint: string
  readonly operationId: string
  /** The authentication, not evaluated, with which the OpenAPI document itself is to be fetched. */
  readonly authentication: unknown
}

/** Every `call: openapi` of a document: what to fetch and pin when the flow is saved. */
export function openApiCalls(document: FlowDocument): OpenApiCall[] {
  const found: OpenApiCall[] = []
  const visit = (node: unknown, pointer: string): void => {
    if (Array.isArray(node)) return node.forEach((item, index) => visit(item, pointerTo(pointer, index)))
    if (!isObject(node)) return
    const call = own(node, 'call') === 'openapi' ? own(node, 'with') : undefined
    if (isObject(call)) found.push(describeCall(call, pointer))
    for (const [name, member] of Object.entries(node)) visit(member, pointerTo(pointer, name))
  }
  visit(document.do, '/do')
  visit(document.use?.functions, '/use/functions')
  return found
}

function describeCall(call: Record<string, unknown>, pointer: string): OpenApiCall {
  const { endpoint, authentication } = endpointOf(call)
  return { pointer, endpoint, operationId: String(own(call, 'operationId')), authentication }
}

/** Where a call's OpenAPI document is. */
export function endpointOf(call: Readonly<Record<string, unknown>>): { endpoint: string, authentication: unknown } {
  const resource = own(call, 'document')
  const endpoint = isObject(resource) ? own(resource, 'endpoint') : undefined
  if (isObject(endpoint)) return { endpoint: String(own(endpoint, 'uri')), authentication: own(endpoint, 'authentication') }
  return { endpoint: String(endpoint), authentication: undefined }
}

/** Reads an OpenAPI document, JSON or YAML. @throws Error in plain words. */
export function parseOpenApi(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_OPENAPI_BYTES) throw new Error(`the OpenAPI document is larger than ${MAX_OPENAPI_BYTES} bytes`)
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Not JSON, so it must be YAML.
  }
  try {
    return parseYaml(text, { maxAliasCount: 0, uniqueKeys: false, schema: 'core' }) as unknown
  } catch (cause) {
    throw new Error('the OpenAPI document is neither JSON nor YAML without aliases', { cause })
  }
}

/** What is wrong with the OpenAPI calls of a document, given what was fetched for it: part of the lint, once the documents are there. */
export function lintOpenApiCalls(document: FlowDocument, pinned: ReadonlyMap<string, unknown>): DocumentFault[] {
  return openApiCalls(document).flatMap(({ pointer, endpoint, operationId }) => {
    if (!pinned.has(endpoint)) return [{ pointer: `${pointer}/with/document`, message: 'The OpenAPI document could not be fetched.' }]
    try {
      findOperation(pinned.get(endpoint), operationId, endpoint)
      return []
    } catch (error) {
      return [{ pointer: `${pointer}/with/operationId`, message: `The operation cannot be called: ${error instanceof Error ? error.message : 'unreadable'}.` }]
    }
  })
}
