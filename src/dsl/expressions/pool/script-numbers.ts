import { randomUUID } from 'node:crypto'
import { replaceLongNumbers } from '../../../lib/exact-json.ts'
import { ExactNumber, exactNumber } from '../../../lib/exact-number.ts'

/**
 * Begins the strings by which numbers that no double holds cross the border of a script, whose engine parses numbers as
 * doubles. The script never sees them.
 */
export const MARK = `${randomUUID()}:`
/** After the mark, of a number that the script sees as a BigInt; other marked numbers are text to it. */
export const INTEGER = 'n'

const WHOLE = /^-?[0-9]+$/
const MARKED = new RegExp(`"${MARK}([^"]+)"`, 'g')
/** The engine takes the square of the digits to make a BigInt. Longer integers are text. */
const MAX_DIGITS = 1_000

/** The JSON text of a script's arguments with its numbers as the bootstrap reads them. */
export function markNumbers(json: string): string {
  return replaceLongNumbers(json, (number) => {
    if (WHOLE.test(number) && number.length <= MAX_DIGITS)
      return Number.isSafeInteger(Number(number)) ? number : `"${MARK}${INTEGER}${number}"`
    return exactNumber(number) instanceof ExactNumber ? `"${MARK}${number}"` : number
  })
}

/** JSON text that the bootstrap wrote, with numbers in place of what it marked. */
export function unmarkNumbers(json: string): string {
  return json.replace(MARKED, '$1')
}
