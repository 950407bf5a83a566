import { dictionary } from '@zxcvbn-ts/language-common'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import type { BreachedPasswords } from './breached-passwords.ts'
import { opaqueString } from './opaque-string.ts'

export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 256

const common = new Set(dictionary['passwords-common'].filter((word) => word.length >= PASSWORD_MIN))
const PRODUCT = 'sluice'
/** RFC 8264, section 9.11: no keyboard types them. */
const CONTROL = /\p{Cc}/u

/**
 * Describes what is wrong with a new password; undefined if nothing is. Checks the length, the list of common passwords
 * and the most obvious guesses. There are no composition rules (NIST SP 800-63B, section 5.1.1.2).
 * @param email the folded e-mail of the account
 */
export function passwordFault(password: Secret, email: string): string | undefined {
  const text = opaqueString(password.reveal())
  const length = [...text].length
  if (length < PASSWORD_MIN || length > PASSWORD_MAX) return `must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`
  if (CONTROL.test(text)) return 'contains control characters'
  const lower = text.toLowerCase()
  if (common.has(lower)) return 'is one of the most common passwords; choose another'
  if (new Set(lower).size === 1) return 'is one character over and over; choose another'
  return isGuessedFirst(lower, email) ? 'is your e-mail or the name of this product; choose another' : undefined
}

/** Whether a password is the e-mail, its first half or the name of the product, with any digits and signs around. */
function isGuessedFirst(password: string, email: string): boolean {
  const [local = ''] = email.split('@')
  const letters = lettersOf(password)
  return password === email || letters === PRODUCT || (letters !== '' && letters === lettersOf(local))
}

function lettersOf(text: string): string {
  return text.replace(/\P{L}/gu, '')
}

const BREACHED = 'appears in lists of passwords from breaches; choose another'

/** @throws Fault `validation_failed` at `pointer` */
export async function checkNewPassword(
  { breachedPasswords }: { breachedPasswords: BreachedPasswords },
  password: Secret,
  pointer: string,
  email: string
): Promise<void> {
  const message = passwordFault(password, email) ?? ((await breachedPasswords.has(password)) ? BREACHED : undefined)
  if (message) throw new Fault('validation_failed', { errors: [{ pointer, message }] })
}
