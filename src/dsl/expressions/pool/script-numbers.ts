import { randomUUID } from 'node:crypto'
import { replaceLongNumbers } from '../../../lib/exact-json.ts'
import { ExactNumber, exactNumber } from '../../../lib/exact-number.ts'

/**
 * The prefix of the strings that stand for numbers that no double holds on their way into and out of a script, whose
 * engine parses numbers as doubles. The script never sees it.
 */
export const MARK = `${randomUUID()}:`
/** Follows the mark if the script sees the number as a BigInt. It sees other marked numbers as text. */
export const INTEGER = 'n'

const WHOLE = /^-?[0-9]+$/
const MARKED = new RegExp(`"${MARK}([^"]+)"`, 'g')
/** The engine makes a BigInt in a time that grows with the square of the digits. Longer integers are text. */
const MAX_DIGITS = 1_000

/** The JSON text of a script's arguments, with marked strings in place of numbers that no double holds. */
export function markNumbers(json: string): string {
  return replaceLongNumbers(json, (number) => {
    if (WHOLE.test(number) && number.length <= MAX_DIGITS)
      return Number.isSafeInteger(Number(number)) ? number : `"${MARK}${INTEGER}${number}"`
    return exactNumber(number) instanceof ExactNumber ? `"${MARK}${number}"` : number
  })
}

/** JSON text from the bootstrap, with numbers in place of marked strings. */
export function unmarkNumbers(json: string): string {
  return json.replace(MARKED, '$1')
}
