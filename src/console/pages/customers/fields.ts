import { ExactNumber, parseJson } from '../../lib/exact-json.ts'

/** The JSON object of a text; undefined if it is none. */
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
