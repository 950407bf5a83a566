import type { Mail } from '../platform/mail/mailer.ts'
import { compose } from './compose.ts'
import { mailTime } from './time.ts'

/** One group of occurrences in a mail. */
export interface MailedAlert {
  type: string
  count: number
  since: Date
  /** The names of what the group is about; null if that does not exist. */
  flow: string | null
  listener: string | null
  sink: string | null
  details: {
    runId: string | null
    error: { status?: number; title: string } | null
    name?: string
  }
}

/** How many groups one mail lists. */
const LISTED_MAX = 20

/** The mail to an address that a workspace names for its alerts. */
export function alertsMail(
  to: string,
  { workspace, alerts, last, url }: { workspace: string; alerts: readonly MailedAlert[]; last: boolean; url: string }
): Mail {
  const [first] = alerts
  const more = alerts.length - LISTED_MAX
  return compose({
    to,
    subject:
      alerts.length === 1 && first
        ? `${headline(first)} in the workspace ${workspace}`
        : `${alerts.length} alerts in the workspace ${workspace}`,
    paragraphs: [
      ...alerts.slice(0, LISTED_MAX).map(sentence),
      ...(more > 0 ? [`There are ${more} more.`] : []),
      'You get this mail because the workspace names your address for its alerts. An owner can remove it.',
      ...(last ? ['No further alert is mailed within the next hour. The events of the workspace have them all.'] : [])
    ],
    link: { label: 'The console', url }
  })
}

function headline({ type, flow, listener }: MailedAlert): string {
  switch (type) {
    case 'sluice.run.exhausted':
      return `A run of ${flow ?? 'a flow'} was given up`
    case 'sluice.schedule.failed':
      return `A scheduled run of ${flow ?? 'a flow'} failed`
    case 'sluice.delivery.failed':
      return 'An event could not be delivered'
    case 'sluice.listener.refusing':
      return `${listener ?? 'A listener'} refuses calls`
    case 'sluice.token.expiring':
      return 'A token expires soon'
    case 'sluice.token.revoked':
      return 'A token was revoked'
    default:
      return `A run of ${flow ?? 'a flow'} failed`
  }
}

function sentence(alert: MailedAlert): string {
  const { count, since, details } = alert
  const times = count === 1 ? `at ${mailTime(since)}` : `${count} times since ${mailTime(since)}`
  const error = details.error
    ? ` Last error: ${[details.error.status, details.error.title].filter(Boolean).join(' ')}.`
    : ''
  const run = details.runId ? ` Last run: ${details.runId}.` : ''
  return `${what(alert)} (${times}).${error}${run}`
}

function what(alert: MailedAlert): string {
  const name = alert.details.name === undefined ? '' : `: "${alert.details.name}"`
  const host = alert.sink === null ? '' : ` to ${URL.parse(alert.sink)?.host ?? 'a sink'}`
  switch (alert.type) {
    case 'sluice.delivery.failed':
      return `An event could not be delivered${host}, after all its attempts`
    case 'sluice.token.expiring':
    case 'sluice.token.revoked':
      return `${headline(alert)}${name}`
    default:
      return headline(alert)
  }
}
