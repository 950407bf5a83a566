export type Schema = Readonly<Record<string, unknown>>

export const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` })
export const text = (description: string): Schema => ({ type: 'string', description })
/** An object with these members and no others. The `required` ones must be present. */
export const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false
})
/** An object whose member names are free and whose values match one schema. */
export const mapOf = (schema: Schema): Schema => ({ type: 'object', additionalProperties: schema })
export const named = (schema: Schema, description: string): Schema => ({ ...schema, description })
