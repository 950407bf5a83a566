import { MAX_KID_CHARS } from './limits.ts'

const KID = new RegExp(`^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${MAX_KID_CHARS - 2}}[\\x21-\\x7e])?$`)

export const KID_RULE = `text of 1 to ${MAX_KID_CHARS} printable ASCII characters`

/** Whether a value may name a key: it is compared byte by byte, shown and logged, and never used as a path or in a query's text. */
export function isKid(value: unknown): value is string {
  return typeof value === 'string' && KID.test(value)
}
