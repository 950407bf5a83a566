import { randomUUID } from 'node:crypto'
import { type ExactNumber, exactNumber } from './exact-number.ts'

/**
 * A number that a double may not hold: 16 digits or more, or an exponent of three digits. It may also match within a
 * string, which only costs time.
 */
const LONG = '-?(?=[0-9.]{16}|[0-9.]+[eE][-+]?[0-9]{3})'
const MAY_BE_LONG = new RegExp(`(?:^|[\\s:,[])${LONG}`)
/** The whole of such a number where a value can stand: a name of a member is followed by a colon. */
const LONG_VALUE = new RegExp(
  `(?<=^|[\\s:,[])${LONG}(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?=[ \\t\\r\\n]*(?:[,\\]}]|$))`,
  'g'
)
/** Begins the strings that stand for numbers while a text is parsed. Nobody outside this process knows it. */
const MARK = `${randomUUID()}:`
const MARKED = new RegExp(`"${MARK}([^"]+)"`, 'g')

/**
 * Parses a JSON text without losing a digit: a number that no double is equal to becomes an `ExactNumber`. A text that
 * has none takes `JSON.parse` and one look.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  const marked = markLongNumbers(text)
  if (marked === text) return JSON.parse(text)
  let value: unknown
  try {
    value = JSON.parse(marked)
  } catch {
    // For the message and the position of the text itself.
    return JSON.parse(text)
  }
  return restoreLongNumbers(value)
}

/**
 * The text with a marked string in place of each number that a double may not hold, for parsers that only know
 * doubles; the same text where there is none. {@link restoreLongNumbers} makes numbers of them again.
 */
export function markLongNumbers(text: string): string {
  return replaceLongNumbers(text, (number) => `"${MARK}${number}"`)
}

/** What {@link markLongNumbers} writes for a number, as a value. */
export function markOf(number: ExactNumber): string {
  return MARK + number.text
}

/** The text with the numbers themselves where it holds marked strings. */
export function unmarkLongNumbers(text: string): string {
  return text.includes(MARK) ? text.replace(MARKED, '$1') : text
}

/**
 * Replaces each number that a double may not hold. Other code than JSON's must not be given: strings are left alone.
 */
export function replaceLongNumbers(text: string, replacement: (number: string) => string): string {
  if (!MAY_BE_LONG.test(text)) return text
  const quotes = new QuoteCounter(text)
  return text.replace(LONG_VALUE, (number: string, at: number) =>
    quotes.isInString(at) ? number : replacement(number)
  )
}

/** Puts numbers in place of the marked strings of a value that was just parsed, in the value itself. */
export function restoreLongNumbers(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? exactNumber(value.slice(MARK.length)) : value
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = restoreLongNumbers(value[index])
    return value
  }
  for (const key of Object.keys(value)) {
    const members = value as Record<string, unknown>
    const member = members[key]
    const restored = restoreLongNumbers(member)
    if (restored !== member) members[key] = restored
  }
  return value
}

/** Whether places of a JSON text, asked for from left to right, are within strings. */
class QuoteCounter {
  readonly #text: string
  /** The first quote that was not counted yet. */
  #next: number
  #inString = false

  constructor(text: string) {
    this.#text = text
    this.#next = text.indexOf('"')
  }

  isInString(place: number): boolean {
    while (this.#next !== -1 && this.#next < place) {
      if (!this.#inString || !this.#isEscaped(this.#next)) this.#inString = !this.#inString
      this.#next = this.#text.indexOf('"', this.#next + 1)
    }
    return this.#inString
  }

  /** After an odd number of backslashes. */
  #isEscaped(quote: number): boolean {
    let from = quote
    while (this.#text.charCodeAt(from - 1) === 0x5c) from--
    return (quote - from) % 2 === 1
  }
}
