import type { FlowOutcome } from '../dsl/index.ts'
import type { Alerts } from '../events/alerts/alerts.ts'

/** Receives the runs that failed. */
export type RunAlerts = Pick<Alerts, 'runFailed' | 'runExhausted'>

type Failed = Extract<FlowOutcome, { status: 'failed' }>

/**
 * Whether a run failed for a reason that its workspace should be told of. Faults of the caller are not: an input that
 * the schema of the flow refuses, or an error that the flow raises with a status of 4xx.
 */
export function needsMending(outcome: FlowOutcome): outcome is Failed {
  if (outcome.status !== 'failed' || outcome.origin === 'input') return false
  return !(outcome.origin === 'raise' && outcome.error.status >= 400 && outcome.error.status < 500)
}
