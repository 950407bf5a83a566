import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import { Secret } from '../lib/secret.ts'

export const RECOVERY_CODES = 10

/** Without characters that are read as others. 16 of them are 79 bits: too many to be found from a digest. */
const newCode = customAlphabet('abcdefghjkmnpqrstuvwxyz23456789', 16)

/** Codes as they are shown, in groups of four, once. */
export function newRecoveryCodes(): Secret[] {
  return Array.from({ length: RECOVERY_CODES }, () => new Secret((newCode().match(/.{4}/g) ?? []).join('-')))
}

/** What is kept of a code. Groups and capitals do not matter. */
export function recoveryDigest(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest())
}
