import { emailFault, foldEmail } from '../lib/email.ts'
import { Fault } from '../lib/fault.ts'

/** The addresses that hear of what goes wrong in a workspace. */
export const ALERT_EMAILS_MAX = 10

/**
 * The addresses in the form in which e-mails are compared, each once.
 * @throws Fault `validation_failed` that names each one that is none
 */
export function foldAlertEmails(emails: readonly string[]): string[] {
  const errors = emails.flatMap((email, index) => {
    const message = emailFault(email)
    return message === undefined ? [] : [{ pointer: `/alertEmails/${index}`, message }]
  })
  if (errors.length > 0) throw new Fault('validation_failed', { why: 'alert_emails', errors })
  return [...new Set(emails.map(foldEmail))]
}
