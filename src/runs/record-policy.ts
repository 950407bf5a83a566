import type { FinishedRun } from './run.ts'

/** What is kept of the runs within a listener's requests. */
export interface RecordPolicy {
  /** Which runs have a record. */
  records: 'all' | 'failed' | 'none'
  /** Which steps a record shows. */
  steps: 'all' | 'failed'
  /** For how many days. */
  days: number
}

/** The record of a run; undefined where none is kept. */
export function recordOf(run: FinishedRun, { records, steps }: RecordPolicy): FinishedRun | undefined {
  if (records === 'none' || (records === 'failed' && run.status === 'succeeded')) return undefined
  return steps === 'all' ? run : { ...run, steps: run.steps.filter(({ status }) => status === 'failed') }
}
