import { emailFault, foldEmail } from '../lib/email.ts'
import { Fault } from '../lib/fault.ts'

/**
 * Checks the e-mail of a new account or invitation, and folds it.
 * @throws Fault `validation_failed` at `/email`
 */
export function newEmail(text: string): string {
  const message = emailFault(text)
  if (message !== undefined) throw new Fault('validation_failed', { errors: [{ pointer: '/email', message }] })
  return foldEmail(text)
}
