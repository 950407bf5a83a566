import { isRecord } from '../tasks.ts'
import { valueAt } from '../outline.ts'

const MAX_DEPTH = 6

/** A value that a JSON Schema accepts, from its examples if it has any. */
export function exampleOf(schema: unknown, resolve: (schema: unknown) => unknown = (same) => same, depth = 0): unknown {
  const found = resolve(schema)
  if (!isRecord(found) || depth > MAX_DEPTH) return null
  if (Array.isArray(found['examples']) && found['examples'].length > 0) return found['examples'][0] as unknown
  for (const key of ['example', 'default', 'const']) if (key in found) return found[key]
  if (Array.isArray(found['enum'])) return found['enum'][0] as unknown
  for (const key of ['allOf', 'oneOf', 'anyOf']) {
    const [first] = Array.isArray(found[key]) ? (found[key] as unknown[]) : []
    if (first !== undefined) return exampleOf(first, resolve, depth + 1)
  }
  const type = Array.isArray(found['type']) ? (found['type'][0] as unknown) : found['type']
  if (type === 'object' || isRecord(found['properties'])) {
    const members = isRecord(found['properties']) ? Object.entries(found['properties']) : []
    return Object.fromEntries(members.map(([key, member]) => [key, exampleOf(member, resolve, depth + 1)]))
  }
  if (type === 'array') return [exampleOf(found['items'], resolve, depth + 1)]
  if (type === 'string') return found['format'] === 'date-time' ? '2026-01-01T00:00:00Z' : 'text'
  if (type === 'integer' || type === 'number') return typeof found['minimum'] === 'number' ? found['minimum'] : 1
  return type === 'boolean' ? true : null
}

/** An example input of a flow, from its schema; without a schema, an empty call. */
export function exampleInput(document: unknown): unknown {
  const schema = valueAt(document, 'input', 'schema', 'document')
  return schema === undefined ? { query: {}, body: {} } : exampleOf(schema)
}
