import { exampleOf } from '../simulate/example-input.ts'
import { valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import { operationsOf, resolverOf } from './operations.ts'

/** Documents that were read on this page, by address. The browser may not fetch them. */
const documents = new Map<string, unknown>()

export function keepDocument(address: string, document: unknown): void {
  documents.set(address, document)
}

/** An example answer of the operation of a call, from the schema of its first success; undefined if it is unknown. */
export function knownAnswer(task: Record<string, unknown> | undefined): unknown {
  const endpoint = valueAt(task, 'with', 'document', 'endpoint')
  const address = isRecord(endpoint) ? endpoint['uri'] : endpoint
  const document = typeof address === 'string' ? documents.get(address) : undefined
  if (document === undefined) return undefined
  const wanted = valueAt(task, 'with', 'operationId')
  const operation = operationsOf(document).find(({ id }) => id === wanted)
  const schema = operation && responseSchema(document, operation.definition)
  return schema === undefined ? undefined : exampleOf(schema, resolverOf(document))
}

function responseSchema(document: unknown, definition: Record<string, unknown>): unknown {
  const resolve = resolverOf(document)
  const responses = isRecord(definition['responses']) ? Object.entries(definition['responses']) : []
  const success = resolve(responses.find(([status]) => status.startsWith('2'))?.[1])
  const content = valueAt(success, 'content')
  const [media] = isRecord(content) ? Object.values(content) : []
  return valueAt(media, 'schema') ?? valueAt(success, 'schema')
}
