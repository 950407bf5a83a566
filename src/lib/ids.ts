import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const ID_CHARS = 22
const random = customAlphabet(BASE62, ID_CHARS)
const SHAPE = new RegExp(`^[a-z]{3}_[0-9A-Za-z]{${ID_CHARS}}$`)

/** The kind of record that an id names. */
export type IdPrefix =
  | 'acc'
  | 'ses'
  | 'inv'
  | 'tok'
  | 'wsp'
  | 'mem'
  | 'key'
  | 'cus'
  | 'act'
  | 'itk'
  | 'oat'
  | 'flw'
  | 'lsn'
  | 'sec'
  | 'run'
  | 'evt'
  | 'req'
  | 'snk'

/** Creates a random id such as `tok_4fGh…`: 131 bits, URL-safe, not derivable from another id. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${random()}`
}

/** The id that a text always gives: for records that are made once, however often their cause is processed. */
export function derivedId(prefix: IdPrefix, text: string): string {
  let number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
  let characters = ''
  for (let count = 0; count < ID_CHARS; count++) {
    characters += BASE62[Number(number % 62n)]
    number /= 62n
  }
  return `${prefix}_${characters}`
}

/** Whether `text` has the form of an id of this kind. Callers answer any other text as absent, without a query. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(prefix) && SHAPE.test(text)
}
