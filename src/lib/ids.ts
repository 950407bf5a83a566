import { customAlphabet } from 'nanoid'

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const ID_CHARS = 22
const random = customAlphabet(BASE62, ID_CHARS)
const SHAPE = new RegExp(`^[a-z]{3}_[0-9A-Za-z]{${ID_CHARS}}$`)

/** What an id names, by its prefix. */
export type IdPrefix =
  'acc' | 'ses' | 'tok' | 'wsp' | 'mem' | 'key' | 'cus' | 'act' | 'itk' | 'flw' | 'lsn' | 'sec' | 'run' | 'evt' | 'req'

/** A new random id such as `tok_4fGh…`: 131 bits, URL-safe, never guessed from another. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${random()}`
}

/** Whether `text` could be an id of this kind. What could not is answered as absent without asking the database. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(prefix) && SHAPE.test(text)
}
