import type { StepRecord } from '../flows/index.ts'

/** One value of one step is kept up to this size; what is larger is kept as its size and its beginning. */
export const STEP_VALUE_LIMIT = 64 * 1024
const START_CHARACTERS = 1024

/** Values as JSON text; undefined for what JSON has no text for. */
export type JsonTexts = (value: unknown) => string | undefined

/** Writes each object once: what one task hands to the next is shown with both, and is often the run's own input or output too. */
export function createJsonTexts(): JsonTexts {
  const known = new Map<object, string | undefined>()
  return (value) => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    if (known.has(value)) return known.get(value)
    const text = JSON.stringify(value)
    known.set(value, text)
    return text
  }
}

/** A step as its run shows it. */
export function stepJson({ pointer, attempt, status, startedAt, durationMs, input, output, error, console }: StepRecord, texts: JsonTexts = createJsonTexts()): string {
  const head = JSON.stringify({ pointer, attempt, status, startedAt: new Date(startedAt).toISOString(), durationMs: Math.round(durationMs * 1000) / 1000, error, console })
  return `${head.slice(0, -1)}${memberJson('input', texts(input))}${memberJson('output', texts(output))}}`
}

function memberJson(name: string, text: string | undefined): string {
  if (text === undefined) return ''
  return `,"${name}":${text.length <= STEP_VALUE_LIMIT ? text : JSON.stringify({ truncated: true, characters: text.length, start: text.slice(0, START_CHARACTERS) })}`
}
