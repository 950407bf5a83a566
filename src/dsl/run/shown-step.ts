import type { StepRecord } from '../ports.ts'

/** A finished task as a run or a simulation shows it. `startedAt` is an RFC 3339 time; in place of a value that is too large stands `{ truncated: true, … }`. */
export interface ShownStep extends Omit<StepRecord, 'key' | 'startedAt' | 'console'> {
  startedAt: string
  console?: unknown
}

/** What is shown of a step besides its values. Durations to the microsecond: what is beyond is noise. */
export function stepFacts({
  pointer,
  attempt,
  status,
  startedAt,
  durationMs
}: StepRecord): Pick<ShownStep, 'pointer' | 'attempt' | 'status' | 'startedAt' | 'durationMs'> {
  return {
    pointer,
    attempt,
    status,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(durationMs * 1000) / 1000
  }
}
