import { Buffer } from 'node:buffer'
import { ExactNumber } from '../../../lib/exact-number.ts'
import { charge, deeper, HAND_OVER, type Run } from './run.ts'
import { isObject, type Members, textSteps, typeOf } from './values.ts'

// Within these bounds jq prints calculated numbers and literals in the same way, which is also JavaScript's.
const PLAIN_FROM = 1e-4
const PLAIN_TO = 1e15

/** The text of a number that no double is equal to, as jq writes it. */
function exactText(value: ExactNumber): string {
  return value.text.replace('e', 'E')
}

/** The text of a number. */
function numberText(value: number, run: Run): string {
  const size = Math.abs(value)
  if (run.keepsDigits || (size !== 0 && (size < PLAIN_FROM || size >= PLAIN_TO))) throw HAND_OVER
  return String(value)
}

/** The JSON text of a value as jq writes it. Numbers that jq may write in another way are left to jq. */
export function toJson(value: unknown, run: Run, level = 0): string {
  charge(run, 1)
  if (typeof value === 'number') return numberText(value, run)
  if (value instanceof ExactNumber) {
    charge(run, textSteps(value.text))
    return exactText(value)
  }
  if (typeof value === 'string') return quote(value, run)
  if (Array.isArray(value)) return `[${value.map((member) => toJson(member, run, deeper(level))).join(',')}]`
  if (!isObject(value)) return String(value)
  return `{${Object.keys(value)
    .map((key) => `${quote(key, run)}:${toJson(value[key], run, deeper(level))}`)
    .join(',')}}`
}

/** A text unchanged, any other value as JSON. */
export function toText(value: unknown, run: Run): string {
  return typeof value === 'string' ? value : toJson(value, run)
}

/** Like JSON.stringify, but jq escapes DEL as well. */
function quote(text: string, run: Run): string {
  charge(run, textSteps(text))
  const quoted = JSON.stringify(text)
  return quoted.includes('\u007f') ? quoted.replaceAll('\u007f', '\\u007f') : quoted
}

// jq cuts longer values in its messages; the exact cut is left to jq.
const DESCRIBED_CHARS = 10
const ASCII = /^[\x20-\x7e]*$/

/** A value as jq's messages show it, such as `number (5)`. */
export function describe(value: unknown, run: Run): string {
  return `${typeOf(value)} (${shortJson(value, run)})`
}

function shortJson(value: unknown, run: Run): string {
  if (typeof value === 'string' && value.length > DESCRIBED_CHARS) throw HAND_OVER
  if (
    Array.isArray(value) ? value.length > DESCRIBED_CHARS : isObject(value) && Object.keys(value as Members).length > 2
  )
    throw HAND_OVER
  const text = toJson(value, { ...run, steps: DESCRIBED_CHARS })
  if (text.length > DESCRIBED_CHARS || !ASCII.test(text)) throw HAND_OVER
  return text
}

/** The pieces between the separators. An empty separator gives each code point; an empty text gives nothing. */
export function splitText(text: string, separator: string, run: Run): string[] {
  charge(run, textSteps(text))
  if (text === '') return []
  const pieces = separator === '' ? [...text] : text.split(separator)
  charge(run, pieces.length)
  return pieces
}

type Formatter = (value: unknown, run: Run) => string

const FORMATS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['text', toText],
  ['json', toJson],
  ['base64', (value, run) => Buffer.from(paid(toText(value, run), run), 'utf8').toString('base64')],
  [
    'uri',
    (value, run) =>
      encodeURIComponent(paid(toText(value, run), run)).replace(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
      )
  ]
])

/** The formatter for `@name`, or undefined for the formats that are left to jq. */
export function formatter(name: string): Formatter | undefined {
  return FORMATS.get(name)
}

function paid(text: string, run: Run): string {
  charge(run, textSteps(text))
  return text
}
