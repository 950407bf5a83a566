import type { FlowDocument } from '../../dsl/index.ts'
import { isObject, own } from '../../lib/json.ts'

/** The JSON Schema of the arguments of a tool, which are an object. */
type InputSchema = { type: 'object' } & Record<string, unknown>

/** The definition in the schema of a tool that holds the whole schema of the flow's input, for references into it. */
const ROOT = 'input'

/**
 * The schema of a tool's arguments: that of `body` in the flow's `input.schema`.
 * @returns a schema for any object if the flow does not describe the body; undefined if the body is not an object,
 *   because arguments are always an object
 */
export function inputSchemaOf({ input }: FlowDocument): InputSchema | undefined {
  const root = input?.schema?.document
  const properties = isObject(root) ? own(root, 'properties') : undefined
  const body = isObject(properties) ? own(properties, 'body') : undefined
  if (!isObject(root) || !isObject(body)) return body === false ? undefined : { type: 'object' }
  const { type = 'object' } = body
  if (!(Array.isArray(type) ? type : [type]).includes('object')) return undefined
  const schema = { ...body, type: 'object' as const }
  if (!hasReference(body)) return schema
  const definitions = own(body, '$defs')
  return {
    ...(relocated(schema) as InputSchema),
    $defs: { ...(isObject(definitions) ? (relocated(definitions) as object) : {}), [ROOT]: relocated(withoutId(root)) }
  }
}

function withoutId({ $id: _id, $schema: _dialect, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema
}

function hasReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReference)
  return isObject(value) && Object.entries(value).some(([key, item]) => isReference(key, item) || hasReference(item))
}

/** Rewrites references so that they lead into the definition {@link ROOT}. */
function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isReference(key, item) ? `#/$defs/${ROOT}${item.slice(1)}` : relocated(item)
    ])
  )
}

function isReference(key: string, item: unknown): item is string {
  return key === '$ref' && typeof item === 'string' && /^#(?:\/|$)/.test(item)
}
