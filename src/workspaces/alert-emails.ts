import { emailFault, foldEmail } from '../lib/email.ts'
import { Fault } from '../lib/fault.ts'

/** The most addresses that get the alerts of a workspace. */
export const ALERT_EMAILS_MAX = 10

/**
 * Returns the addresses in the form in which e-mails are compared, without duplicates.
 * @throws Fault `validation_failed` that points at each one that is not an e-mail
 */
export function foldAlertEmails(emails: readonly string[]): string[] {
  const errors = emails.flatMap((email, index) => {
    const message = emailFault(email)
    return message === undefined ? [] : [{ pointer: `/alertEmails/${index}`, message }]
  })
  if (errors.length > 0) throw new Fault('validation_failed', { why: 'alert_emails', errors })
  return [...new Set(emails.map(foldEmail))]
}
