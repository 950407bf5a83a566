import type { StepRecord } from '../flows/index.ts'

/** One value of one step is kept up to this size; what is larger is kept as its size and its beginning. */
export const STEP_VALUE_LIMIT = 64 * 1024
const START_CHARACTERS = 1024

/** A step as its run shows it. */
export function stepJson({ pointer, attempt, status, startedAt, durationMs, input, output, error, console }: StepRecord): string {
  const head = JSON.stringify({ pointer, attempt, status, startedAt: new Date(startedAt).toISOString(), durationMs: Math.round(durationMs * 1000) / 1000, error, console })
  return `${head.slice(0, -1)}${memberJson('input', input)}${memberJson('output', output)}}`
}

function memberJson(name: string, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) return ''
  return `,"${name}":${text.length <= STEP_VALUE_LIMIT ? text : JSON.stringify({ truncated: true, characters: text.length, start: text.slice(0, START_CHARACTERS) })}`
}
