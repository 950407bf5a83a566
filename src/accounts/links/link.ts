import { createHash, randomBytes } from 'node:crypto'
import { DAY_MS, HOUR_MS } from '../../lib/clock.ts'
import { Secret } from '../../lib/secret.ts'

/** What a link is for: choosing the first password, choosing another one, or joining a workspace. */
export type LinkPurpose = 'account' | 'reset' | 'invitation'

/** How long links work. */
export const LINK_MS = {
  account: 7 * DAY_MS,
  /** A reset that was asked for by mail. */
  resetByMail: HOUR_MS,
  /** A reset that an admin made, and brings to its receiver. */
  resetByAdmin: DAY_MS
} as const

/** A new link. Whoever has it can use it: it is shown once and mailed, and only the digest of its code is kept. */
export interface NewLink {
  link: Secret
  expiresAt: Date
}

const CODE_BYTES = 32
const CODE = /^[\w-]{43}$/

export interface LinkCode {
  code: Secret
  digest: Uint8Array<ArrayBuffer>
}

/** A code of 43 base64url characters, 256 random bits. */
export function newLinkCode(): LinkCode {
  const code = randomBytes(CODE_BYTES).toString('base64url')
  return { code: new Secret(code), digest: digestOfCode(code) }
}

/** The digest of a code in a path; undefined for a text that is no code, which is answered without a query. */
export function linkDigest(code: string): Uint8Array<ArrayBuffer> | undefined {
  return CODE.test(code) ? digestOfCode(code) : undefined
}

/** The page of the console that opens the link. */
export function linkUrl(publicUrl: string, code: Secret): Secret {
  return new Secret(`${publicUrl}/console/links/${code.reveal()}`)
}

function digestOfCode(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code).digest())
}
