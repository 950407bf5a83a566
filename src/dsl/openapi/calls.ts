import type { FlowDocument } from '../document.ts'
import type { DocumentFault } from '../parse.ts'
import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import { findOperation } from './operation.ts'

/** A `call: openapi` of a document: its place, and the OpenAPI document that it needs. */
export interface OpenApiCall {
  readonly pointer: string
  readonly endpoint: string
  readonly operationId: string
}

/** Members of a task that hold tasks by name. */
const LISTS = [['do'], ['try'], ['catch', 'do'], ['fork', 'branches']] as const

/**
 * Lists every `call: openapi` of a document in which the lint found no fault. The caller fetches and pins these
 * documents when the flow is saved.
 */
export function openApiCalls(document: FlowDocument): OpenApiCall[] {
  const found: OpenApiCall[] = []
  const visitList = (list: unknown, pointer: string): void => {
    if (!Array.isArray(list)) return
    list.forEach((item, index) => {
      for (const [name, task] of Object.entries(isObject(item) ? item : {}))
        visitTask(task, pointerTo(pointer, index, name))
    })
  }
  const visitTask = (task: unknown, pointer: string): void => {
    if (!isObject(task)) return
    const call = own(task, 'call') === 'openapi' ? own(task, 'with') : undefined
    if (isObject(call))
      found.push({ pointer, endpoint: endpointOf(call), operationId: String(own(call, 'operationId')) })
    for (const steps of LISTS)
      visitList(
        steps.reduce<unknown>((node, step) => (isObject(node) ? own(node, step) : undefined), task),
        pointerTo(pointer, ...steps)
      )
  }
  visitList(document.do, '/do')
  for (const [name, task] of Object.entries(document.use?.functions ?? {}))
    visitTask(task, pointerTo('/use/functions', name))
  return found
}

/** The URL of a call's OpenAPI document. */
export function endpointOf(call: Readonly<Record<string, unknown>>): string {
  const resource = own(call, 'document')
  const endpoint = isObject(resource) ? own(resource, 'endpoint') : undefined
  return String(isObject(endpoint) ? own(endpoint, 'uri') : endpoint)
}

/**
 * The second part of the lint: checks the OpenAPI calls of a document against the OpenAPI documents that were fetched.
 * @param failures why a document could not be fetched, by endpoint
 */
export function lintOpenApiCalls(
  document: FlowDocument,
  pinned: ReadonlyMap<string, unknown>,
  failures: ReadonlyMap<string, string> = new Map()
): DocumentFault[] {
  return openApiCalls(document).flatMap(({ pointer, endpoint, operationId }) => {
    if (!pinned.has(endpoint)) {
      return [
        {
          pointer: `${pointer}/with/document/endpoint`,
          message: failures.get(endpoint) ?? 'The OpenAPI document could not be fetched.'
        }
      ]
    }
    try {
      findOperation(pinned.get(endpoint), operationId, endpoint)
      return []
    } catch (error) {
      return [
        {
          pointer: `${pointer}/with/operationId`,
          message: `The operation cannot be called: ${error instanceof Error ? error.message : 'unreadable'}.`
        }
      ]
    }
  })
}
