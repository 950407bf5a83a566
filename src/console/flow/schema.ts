import { isRecord } from './tasks.ts'

export type Schema = Readonly<Record<string, unknown>>

export interface SchemaKey {
  key: string
  info: string | undefined
}

const MAX_DEPTH = 12

/** The keys that a map at a path can have and does not have yet. */
export function keysAt(root: Schema, path: readonly (string | number)[], data: unknown): SchemaKey[] {
  const here = path.reduce<unknown>(memberOf, data)
  const there = isRecord(here) ? Object.keys(here) : []
  const keys = new Map<string, SchemaKey>()
  for (const schema of schemasAt(root, path, data)) {
    for (const [key, member] of Object.entries(isRecord(schema['properties']) ? schema['properties'] : {})) {
      if (keys.has(key) || there.includes(key)) continue
      keys.set(key, { key, info: descriptionOf(root, member) })
    }
  }
  return [...keys.values()]
}

/** The values that the schema allows at a path, if it lists them. */
export function valuesAt(root: Schema, path: readonly (string | number)[], data: unknown): string[] {
  const values = schemasAt(root, path, data).flatMap((schema) => {
    if (Array.isArray(schema['enum'])) return schema['enum'] as unknown[]
    if ('const' in schema) return [schema['const']]
    return schema['type'] === 'boolean' ? [true, false] : []
  })
  return [...new Set(values.map(String))]
}

/**
 * The schemas that can apply at a path. Those that contradict the present data are left out: `call: http` excludes the
 * other calls.
 */
export function schemasAt(root: Schema, path: readonly (string | number)[], data: unknown): Schema[] {
  let here = fitting(root, branches(root, root), data)
  let value = data
  for (const step of path) {
    value = memberOf(value, step)
    here = fitting(
      root,
      here.flatMap((schema) => childOf(schema, step)).flatMap((schema) => branches(root, schema)),
      value
    )
  }
  return here
}

function childOf(schema: Schema, step: string | number): Schema[] {
  if (typeof step === 'number') return isRecord(schema['items']) ? [schema['items']] : []
  const properties = schema['properties']
  if (isRecord(properties) && isRecord(properties[step])) return [properties[step]]
  return isRecord(schema['additionalProperties']) ? [schema['additionalProperties']] : []
}

/** A schema and the alternatives in it, with references resolved. */
function branches(root: Schema, schema: unknown, depth = 0): Schema[] {
  const found = resolve(root, schema)
  if (!found || depth > MAX_DEPTH) return []
  const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    Array.isArray(found[key]) ? (found[key] as unknown[]) : []
  )
  return [found, ...inner.flatMap((each) => branches(root, each, depth + 1))]
}

function resolve(root: Schema, schema: unknown): Schema | undefined {
  if (!isRecord(schema)) return undefined
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const target = reference.replace(/^#\//, '').split('/').reduce<unknown>(memberOf, root)
  return isRecord(target)
    ? { ...target, ...(schema['description'] ? { description: schema['description'] } : {}) }
    : undefined
}

/** The schemas that the present data does not contradict; all of them if it contradicts each. */
function fitting(root: Schema, schemas: readonly Schema[], data: unknown): Schema[] {
  if (!isRecord(data)) return [...schemas]
  const keys = Object.keys(data).filter((key) => !key.startsWith('__here__'))
  const scored = schemas.map((schema) => ({ schema, fits: fits(root, schema, data, keys) }))
  const good = scored.filter((each) => each.fits).map(({ schema }) => schema)
  return good.length > 0 ? good : [...schemas]
}

function fits(root: Schema, schema: Schema, data: Record<string, unknown>, keys: readonly string[]): boolean {
  const properties = isRecord(schema['properties']) ? schema['properties'] : undefined
  if (!properties) return !('type' in schema) || schema['type'] === 'object' || Array.isArray(schema['type'])
  return keys.every((key) => {
    const member = resolve(root, properties[key])
    if (!member) return schema['additionalProperties'] !== false
    if (data[key] === '__here__') return true
    if ('const' in member) return member['const'] === data[key]
    const not = isRecord(member['not']) ? member['not']['enum'] : undefined
    return !(Array.isArray(not) && not.includes(data[key]))
  })
}

function descriptionOf(root: Schema, schema: unknown): string | undefined {
  const description = resolve(root, schema)?.['description']
  return typeof description === 'string' ? description : undefined
}

function memberOf(value: unknown, key: string | number): unknown {
  return isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined
}
