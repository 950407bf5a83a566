import { dictionary } from '@zxcvbn-ts/language-common'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'

export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 256

const common = new Set(dictionary['passwords-common'].filter((word) => word.length >= PASSWORD_MIN))

/**
 * Describes what is wrong with a new password; undefined if nothing is. Checks the length and the list of common
 * passwords, with no composition rules (NIST SP 800-63B, section 5.1.1.2).
 */
export function passwordFault(password: Secret): string | undefined {
  const text = password.reveal()
  const length = [...text].length
  if (length < PASSWORD_MIN || length > PASSWORD_MAX) return `must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`
  return common.has(text.toLowerCase()) ? 'is one of the most common passwords; choose another' : undefined
}

/** @throws Fault `validation_failed` at `pointer` */
export function checkNewPassword(password: Secret, pointer: string): void {
  const message = passwordFault(password)
  if (message) throw new Fault('validation_failed', { errors: [{ pointer, message }] })
}
