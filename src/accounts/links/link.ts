import { createHash, randomBytes } from 'node:crypto'
import { DAY_MS, HOUR_MS } from '../../lib/clock.ts'
import { Secret } from '../../lib/secret.ts'

/** What a link is for: choosing the first password, choosing another one, proving an e-mail, or joining a workspace. */
export type LinkPurpose = 'account' | 'reset' | 'verify' | 'invitation'

/** How long links work. */
export const LINK_MS = {
  account: 7 * DAY_MS,
  /** A reset that the account's owner asked for, sent by mail. */
  resetByMail: HOUR_MS,
  /** A reset that an admin made and passes on. */
  resetByAdmin: DAY_MS,
  verify: DAY_MS
} as const

/** A new link. Anybody who has it can use it. It is shown once and mailed; only the digest of its code is stored. */
export interface NewLink {
  /** The form that is shown to its maker. */
  link: Secret
  /** The form that is mailed: the same link with a code behind the `#`, which is shown to nobody else. */
  mailedLink: Secret
  expiresAt: Date
}

const CODE_BYTES = 32
const CODE = /^[\w-]{43}$/

export interface LinkCode {
  code: Secret
  digest: Uint8Array<ArrayBuffer>
}

/** Makes a code of 43 base64url characters (256 random bits). */
export function newLinkCode(): LinkCode {
  const code = randomBytes(CODE_BYTES).toString('base64url')
  return { code: new Secret(code), digest: digestOfCode(code) }
}

/**
 * The digest of a code in a path; undefined for a text that cannot be a code, so that it is refused without a query.
 */
export function linkDigest(code: string): Uint8Array<ArrayBuffer> | undefined {
  return CODE.test(code) ? digestOfCode(code) : undefined
}

/** A new link, and the columns that are stored of it. */
export interface NewLinkParts extends Pick<NewLink, 'link' | 'mailedLink'> {
  row: { digest: Uint8Array<ArrayBuffer>; mailDigest: Uint8Array<ArrayBuffer> }
}

/**
 * Makes a link to the page of the console that opens it. A link that was shown to somebody proves nothing about its
 * e-mail; the code that is only in the mail does.
 * @param seenBy `nobody` = the link is only mailed
 */
export function newLink(publicUrl: string, seenBy: 'its maker' | 'nobody'): NewLinkParts {
  const { code, digest } = newLinkCode()
  const link = `${publicUrl}/console/links/${code.reveal()}`
  if (seenBy === 'nobody')
    return { row: { digest, mailDigest: digest }, link: new Secret(link), mailedLink: new Secret(link) }
  const mailed = newLinkCode()
  return {
    row: { digest, mailDigest: mailed.digest },
    link: new Secret(link),
    mailedLink: new Secret(`${link}#${mailed.code.reveal()}`)
  }
}

function digestOfCode(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code).digest())
}
