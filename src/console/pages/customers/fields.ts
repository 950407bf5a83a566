import { ExactNumber, parseJson } from '../../lib/exact-json.ts'

/** A JSON object from a text; undefined where it is none. */
export function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseJson(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
