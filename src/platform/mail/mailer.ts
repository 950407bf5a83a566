import { createTransport } from 'nodemailer'
import pLimit from 'p-limit'
import type { Secret } from '../../lib/secret.ts'
import type { Logger } from '../log/log.ts'

/** A mail to one person. */
export interface Mail {
  to: string
  subject: string
  text: string
  html: string
}

export interface Mailer {
  /** Whether mail is set up. If it is not, nothing is sent. */
  enabled: boolean
  /**
   * Sends a mail in the background, so that callers do not wait for a mail server. A mail that cannot be sent is
   * logged.
   */
  send(mail: Mail): void
  /** Waits until all accepted mails are sent or have failed. */
  close(): Promise<void>
}

/** The most mails that wait for the mail server. Further ones are dropped and logged. */
const WAITING_MAX = 1_000
const AT_ONCE = 3
const TIMEOUT_MS = 20_000

/** @param smtp undefined = mail is not set up */
export function createMailer(smtp: { url: Secret; from: string } | undefined, log: Pick<Logger, 'error'>): Mailer {
  if (!smtp) return { enabled: false, send: () => {}, close: async () => {} }
  const transport = createTransport(
    {
      url: smtp.url.reveal(),
      pool: true,
      maxConnections: AT_ONCE,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // The content of a mail must never make nodemailer read a file or fetch a URL.
      disableFileAccess: true,
      disableUrlAccess: true
    },
    { from: smtp.from, headers: { 'Auto-Submitted': 'auto-generated' } }
  )
  const limit = pLimit(AT_ONCE)
  const underWay = new Set<Promise<void>>()

  return {
    enabled: true,
    send(mail) {
      if (limit.pendingCount >= WAITING_MAX) {
        log.error({ subject: mail.subject }, 'a mail was dropped: too many wait for the mail server')
        return
      }
      const sending = limit(async () => {
        try {
          await transport.sendMail(mail)
        } catch (error) {
          log.error({ err: error, subject: mail.subject }, 'a mail could not be sent')
        }
      }).finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    async close() {
      await Promise.all(underWay)
      transport.close()
    }
  }
}
