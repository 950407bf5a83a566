import { formatCsv, parseCsv } from './csv.ts'
import type { Answer } from './answer.ts'
import { decodeText, digest, encodeText, hmac, randomUuid, safeEqual } from './bytes.ts'
import { formatUrl, parseUrl } from './url.ts'
import { formatXml, parseXml } from './xml.ts'

type LibraryFunction = (...given: never[]) => Answer

/**
 * The functions behind `sluice` in scripts. All but `uuid` are pure. They see only JSON data, and only the text of the
 * answer reaches the script.
 */
const FUNCTIONS: ReadonlyMap<string, LibraryFunction> = new Map<string, LibraryFunction>([
  ['digest', digest],
  ['hmac', hmac],
  ['encode', encodeText],
  ['decode', decodeText],
  ['timingSafeEqual', safeEqual],
  ['xml.parse', parseXml],
  ['xml.format', formatXml],
  ['csv.parse', parseCsv],
  ['csv.format', formatCsv],
  ['url.parse', parseUrl],
  ['url.format', formatUrl],
  ['uuid', randomUuid]
])

/**
 * Calls a function of the library.
 * @param given the arguments, as the JSON text of a list
 * @param maxCharacters of the answer
 * @returns JSON text: an {@link Answer}, or `{ fault }` with the message for the script
 */
export function callLibrary(name: string, given: string, maxCharacters: number): string {
  try {
    const perform = FUNCTIONS.get(name)
    if (perform === undefined) return fault(`sluice has no function ${name}`)
    const answer = JSON.stringify(perform(...(JSON.parse(given) as never[])))
    return answer.length > maxCharacters ? fault(`a value is larger than ${maxCharacters} characters`) : answer
  } catch (error) {
    return fault(error instanceof Error ? error.message : 'the function failed')
  }
}

function fault(message: string): string {
  return JSON.stringify({ fault: message })
}
