import { stepFacts, type StepRecord } from '../dsl/index.ts'
import type { Mask } from './mask.ts'

/** One value of one step is kept up to this size; what is larger is kept as its size and its beginning. */
export const STEP_VALUE_LIMIT = 64 * 1024
const START_CHARACTERS = 1024

/** Values as JSON text, secrets masked; undefined for what JSON has no text for. */
export type JsonTexts = (value: unknown) => string | undefined

/** Writes each object once: what one task hands to the next is shown with both, and is often the run's own input or output too. */
export function createJsonTexts(mask: Mask): JsonTexts {
  const known = new Map<object, string | undefined>()
  return (value) => {
    if (typeof value !== 'object' || value === null) return write(value, mask)
    if (known.has(value)) return known.get(value)
    const text = write(value, mask)
    known.set(value, text)
    return text
  }
}

/** A step as its run shows it: JSON text, secrets masked. */
export function stepJson(step: StepRecord, mask: Mask, texts: JsonTexts = createJsonTexts(mask)): string {
  const head = mask(JSON.stringify({ ...stepFacts(step), error: step.error, console: step.console }))
  return `${head.slice(0, -1)}${memberJson('input', texts(step.input))}${memberJson('output', texts(step.output))}}`
}

function write(value: unknown, mask: Mask): string | undefined {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? undefined : mask(text)
}

/** Cut after it was masked: what a cut leaves of a secret would be found by no mask. */
function memberJson(name: string, masked: string | undefined): string {
  if (masked === undefined) return ''
  return `,"${name}":${masked.length <= STEP_VALUE_LIMIT ? masked : JSON.stringify({ truncated: true, characters: masked.length, start: masked.slice(0, START_CHARACTERS) })}`
}
