interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  examples?: unknown[]
  default?: unknown
  enum?: unknown[]
}

/** A query that a flow accepts: the required parameters of its input schema, with their examples. */
export function exampleQuery(document: unknown): string {
  const query = schemaOf(document)?.properties?.['query']
  const pairs = (query?.required ?? []).map((name): [string, string] => [
    name,
    exampleOf(query?.properties?.[name]) ?? name
  ])
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

function schemaOf(document: unknown): Schema | undefined {
  return (document as { input?: { schema?: { document?: Schema } } } | undefined)?.input?.schema?.document
}

function exampleOf(schema: Schema | undefined): string | undefined {
  const value = schema?.examples?.[0] ?? schema?.default ?? schema?.enum?.[0]
  return value === undefined ? undefined : String(value)
}
