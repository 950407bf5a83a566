import { randomUUID } from 'node:crypto'
import { type ExactNumber, exactNumber } from './exact-number.ts'

/**
 * A number that a double may not hold: 16 digits or more, or an exponent of three digits. It may also match within a
 * string, which only costs time.
 */
const LONG = '-?(?=[0-9.]{16}|[0-9.]+[eE][-+]?[0-9]{3})'
const MAY_BE_LONG = new RegExp(`(?:^|[\\s:,[])${LONG}`)
/** A whole number of this kind in the place of a value. (The name of a member would be followed by a colon.) */
const LONG_VALUE = new RegExp(
  `(?<=^|[\\s:,[])${LONG}(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?=[ \\t\\r\\n]*(?:[,\\]}]|$))`,
  'g'
)
/** The prefix of strings that replace numbers while a text is parsed. It is not known outside this process. */
const MARK = `${randomUUID()}:`
const MARKED = new RegExp(`"${MARK}([^"]+)"`, 'g')

/**
 * Parses a JSON text without losing digits: a number that is not equal to any double becomes an `ExactNumber`. For a
 * text without one, this costs `JSON.parse` and one search.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  const marked = markLongNumbers(text)
  if (marked === text) return JSON.parse(text)
  let value: unknown
  try {
    value = JSON.parse(marked)
  } catch {
    // Parse the original text, for an error with its own message and position.
    return JSON.parse(text)
  }
  return restoreLongNumbers(value)
}

/**
 * Returns the text with a marked string in place of each number that a double may not hold, for parsers that only know
 * doubles; the same text if there is none. {@link restoreLongNumbers} turns the strings into numbers again.
 */
export function markLongNumbers(text: string): string {
  return replaceLongNumbers(text, (number) => `"${MARK}${number}"`)
}

/** The string that {@link markLongNumbers} writes for a number. */
export function markOf(number: ExactNumber): string {
  return MARK + number.text
}

/** Returns the text with numbers in place of marked strings. */
export function unmarkLongNumbers(text: string): string {
  return text.includes(MARK) ? text.replace(MARKED, '$1') : text
}

/** Replaces each number of a JSON text that a double may not hold. Strings are left alone. */
export function replaceLongNumbers(text: string, replacement: (number: string) => string): string {
  if (!MAY_BE_LONG.test(text)) return text
  const quotes = new QuoteCounter(text)
  return text.replace(LONG_VALUE, (number: string, at: number) =>
    quotes.isInString(at) ? number : replacement(number)
  )
}

/** Replaces the marked strings of a parsed value by numbers. Changes the value in place. */
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

/** Tells whether a position of a JSON text is within a string. Positions must be given from left to right. */
class QuoteCounter {
  readonly #text: string
  /** The position of the next quote to count. */
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

  /** Whether a quote follows an odd number of backslashes. */
  #isEscaped(quote: number): boolean {
    let from = quote
    while (this.#text.charCodeAt(from - 1) === 0x5c) from--
    return (quote - from) % 2 === 1
  }
}
