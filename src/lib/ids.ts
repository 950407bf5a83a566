import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const ID_CHARS = 22
const random = customAlphabet(BASE62, ID_CHARS)
/** How many base62 characters the time takes: enough for milliseconds since 1970 until the year 2081. */
const TIME_CHARS = 7
const randomAfterTime = customAlphabet(BASE62, ID_CHARS - TIME_CHARS)
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

/**
 * Creates an id that begins with the time, for records that are written all day, such as runs. Ids sort by time, to the
 * millisecond, so the database adds them at the end of an index. The other 89 bits are random.
 */
export function newTimedId(prefix: 'run' | 'req' | 'evt'): string {
  return `${prefix}_${timeText(Date.now())}${randomAfterTime()}`
}

let textOf = { ms: NaN, text: '' }

/** Milliseconds since 1970 as a base62 number of {@link TIME_CHARS} digits, which sorts like its value. */
function timeText(ms: number): string {
  if (ms === textOf.ms) return textOf.text
  let text = ''
  for (let rest = ms; text.length < TIME_CHARS; rest = Math.floor(rest / BASE62.length))
    text = `${BASE62[rest % BASE62.length]}${text}`
  textOf = { ms, text }
  return text
}

/**
 * The beginning of the ids that contain the day of removal of their record. No time begins with it until the year 2081.
 */
export const REMOVAL_MARK = '0000'

/**
 * Derives an id from a text, which always gives the same id: for records that must be created once, however often their
 * cause is processed.
 */
export function derivedId(prefix: IdPrefix, text: string): string {
  let number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
  let characters = ''
  for (let count = 0; count < ID_CHARS; count++) {
    characters += BASE62[Number(number % 62n)]
    number /= 62n
  }
  return `${prefix}_${characters.startsWith(REMOVAL_MARK) ? `1${characters.slice(1)}` : characters}`
}

/** Whether `text` has the form of an id of this kind. Callers answer any other text as absent, without a query. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(prefix) && SHAPE.test(text)
}
