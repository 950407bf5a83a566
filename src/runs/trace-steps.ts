import type { StepRecord } from '../dsl/index.ts'
import { parseTraceparent } from '../lib/traceparent.ts'
import type { Span, Tracing } from '../platform/tracing/tracing.ts'

/** Adds the steps of a run to its trace, without their values. */
export function traceSteps(span: Span, steps: readonly StepRecord[]): void {
  for (const step of steps) traceStep(span, step)
}

function traceStep(span: Span, { pointer, key, attempt, status, startedAt, durationMs, error }: StepRecord): void {
  if (status === 'skipped') return
  span.addPart(`step ${pointer}`, {
    startedAt,
    endedAt: startedAt + durationMs,
    attributes: { 'sluice.step': pointer, 'sluice.step_key': key, 'sluice.attempt': attempt },
    failure: status === 'failed' ? (error?.type ?? status) : undefined
  })
}

export interface TracedRun {
  onStep(step: StepRecord): void
  end(at: number, how: string): void
}

/**
 * Starts the span of a run, or of its continuation after a wait, as a child of the call that started it.
 * @param traceparent kept with the run
 */
export function traceRun(
  tracing: Tracing,
  { runId, traceparent, at }: { runId: string; traceparent: string | undefined; at: number }
): TracedRun {
  const span = tracing.start('run', { kind: 'internal', at, parent: parseTraceparent(traceparent) })
  return {
    onStep: (step) => traceStep(span, step),
    end: (endedAt, how) =>
      span.end(endedAt, { 'sluice.run_id': runId, 'sluice.outcome': how }, how === 'failed' ? how : undefined)
  }
}
