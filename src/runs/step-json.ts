import { stepFacts, type StepRecord } from '../dsl/index.ts'
import { isObject } from '../lib/json.ts'
import type { Mask } from './mask.ts'
import type { SharedValues } from './shared-values.ts'

/** A larger value of a step is recorded as its size and its beginning. */
export const STEP_VALUE_LIMIT = 64 * 1024
const START_CHARACTERS = 1024

/** Turns values into JSON text, secrets masked; undefined for a value that has no JSON form. */
export type JsonTexts = (value: unknown) => string | undefined

/**
 * Serializes each object once: the output of a task is usually the input of the next one, and often the input or output
 * of the run.
 */
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

/**
 * A step as it is recorded: JSON text, secrets masked.
 * @param shared values of the run that are recorded already; without them, the step contains all its values
 */
export function stepJson(
  step: StepRecord,
  mask: Mask,
  texts: JsonTexts = createJsonTexts(mask),
  shared?: SharedValues
): string {
  const facts = stepFacts(step)
  const { error, console } = step
  const isPlain = error === undefined && console === undefined
  const head = mask(JSON.stringify(isPlain ? facts : { ...facts, error, console }))
  const value = (name: 'input' | 'output'): string => {
    const text = texts(step[name])
    if (text === undefined) return ''
    if (text.length > STEP_VALUE_LIMIT) return `,"${name}":${beginningOf(text)}`
    const at = shared?.at(step[name], text)
    return at === undefined ? `,"${name}":${text}` : `,"${name}At":"${at}"`
  }
  return `${head.slice(0, -1)}${value('input')}${value('output')}}`
}

/**
 * A value of a record as JSON text. If it is larger than {@link STEP_VALUE_LIMIT}, its large members are recorded as
 * their size and their beginning, so that the others stay readable.
 */
export function recordedJson(value: unknown, texts: JsonTexts): string {
  const whole = texts(value) ?? 'null'
  if (whole.length <= STEP_VALUE_LIMIT) return whole
  if (!isObject(value)) return beginningOf(whole)
  const members = Object.entries(value).map(([name, member]) => {
    const text = texts(member) ?? 'null'
    return `${texts(name)}:${text.length <= STEP_VALUE_LIMIT ? text : beginningOf(text)}`
  })
  const bounded = `{${members.join(',')}}`
  return bounded.length <= STEP_VALUE_LIMIT ? bounded : beginningOf(whole)
}

/** Whether a recorded value, or a member of it, is only a beginning. */
export function isRecordedInPart(value: unknown): boolean {
  return isBeginning(value) || (isObject(value) && Object.values(value).some(isBeginning))
}

function isBeginning(value: unknown): boolean {
  return isObject(value) && value['truncated'] === true && typeof value['start'] === 'string' && 'characters' in value
}

/** Cuts after masking, because no mask would recognize the part of a secret that a cut leaves. */
function beginningOf(masked: string): string {
  return JSON.stringify({ truncated: true, characters: masked.length, start: masked.slice(0, START_CHARACTERS) })
}

function write(value: unknown, mask: Mask): string | undefined {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? undefined : mask(text)
}
