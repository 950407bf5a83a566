import type { FlowOutcome } from '../dsl/index.ts'
import type { Alerts } from '../events/alerts/alerts.ts'

/** Hears of runs that failed. */
export type RunAlerts = Pick<Alerts, 'runFailed' | 'runExhausted'>

type Failed = Extract<FlowOutcome, { status: 'failed' }>

/**
 * Whether a run failed by a fault that its workspace should hear of. The caller's fault is none: an input that the
 * flow's schema refuses, or an error that the flow raises with a status of 4xx.
 */
export function needsMending(outcome: FlowOutcome): outcome is Failed {
  if (outcome.status !== 'failed' || outcome.origin === 'input') return false
  return !(outcome.origin === 'raise' && outcome.error.status >= 400 && outcome.error.status < 500)
}
