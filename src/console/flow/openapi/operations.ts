import { valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import { exampleOf } from '../simulate/example-input.ts'

export interface Operation {
  id: string
  method: string
  path: string
  summary: string
  definition: Record<string, unknown>
  /** The parameters, those of the path included. */
  parameters: readonly unknown[]
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options']
const MAX_HOPS = 16

/** The operations of an OpenAPI document (2.0, 3.0, 3.1) that have an id, by which a call names them. */
export function operationsOf(document: unknown): Operation[] {
  const paths = valueAt(document, 'paths')
  if (!isRecord(paths)) return []
  const resolve = resolverOf(document)
  return Object.entries(paths).flatMap(([path, item]) => {
    const found = resolve(item)
    if (!isRecord(found)) return []
    return METHODS.flatMap((method): Operation[] => {
      const definition = found[method]
      if (!isRecord(definition) || typeof definition['operationId'] !== 'string') return []
      const parameters = [...list(found['parameters']), ...list(definition['parameters'])].map(resolve)
      const summary = typeof definition['summary'] === 'string' ? definition['summary'] : ''
      return [{ id: definition['operationId'], method, path, summary, definition, parameters }]
    })
  })
}

/** A step that calls an operation, with its required parameters filled in from their examples. */
export function callOf(
  address: string,
  document: unknown,
  operation: Operation
): { name: string; task: Record<string, unknown> } {
  const resolve = resolverOf(document)
  const required = operation.parameters.filter(
    (each) => isRecord(each) && each['required'] === true && each['in'] !== 'body'
  )
  const parameters = Object.fromEntries([
    ...required.flatMap((each): [string, unknown][] =>
      isRecord(each) && typeof each['name'] === 'string'
        ? [[each['name'], each['example'] ?? exampleOf(each['schema'] ?? each, resolve)]]
        : []
    ),
    ...bodyOf(operation, resolve)
  ])
  return {
    name: operation.id.replaceAll(/[^\w-]+/g, '-').replace(/^-+|-+$/g, '') || 'callOperation',
    task: {
      call: 'openapi',
      with: {
        document: { endpoint: address },
        operationId: operation.id,
        ...(Object.keys(parameters).length > 0 ? { parameters } : {})
      }
    }
  }
}

function bodyOf({ definition, parameters }: Operation, resolve: (node: unknown) => unknown): [string, unknown][] {
  const content = valueAt(resolve(definition['requestBody']), 'content')
  const [media] = isRecord(content) ? Object.values(content) : []
  const body = parameters.find((each) => isRecord(each) && each['in'] === 'body')
  const schema = valueAt(media, 'schema') ?? valueAt(body, 'schema')
  return schema === undefined ? [] : [['body', exampleOf(schema, resolve)]]
}

/** Follows references within a document. */
export function resolverOf(document: unknown): (node: unknown) => unknown {
  return (node) => {
    let found = node
    for (let hop = 0; hop < MAX_HOPS && isRecord(found) && typeof found['$ref'] === 'string'; hop++) {
      const steps = found['$ref'].replace(/^#\/?/, '').split('/')
      found = valueAt(
        document,
        ...steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      )
    }
    return found
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
