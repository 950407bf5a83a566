import type { FinishedRun } from './run.ts'

/** Which records are kept of the runs that end within the requests of a listener. */
export interface RecordPolicy {
  /** Which runs have a record. */
  records: 'all' | 'failed' | 'none'
  /** Which steps a record shows. */
  steps: 'all' | 'failed'
  /** How many days the record is kept. */
  days: number
}

/** The record of a run; undefined where none is kept. */
export function recordOf(run: FinishedRun, { records, steps }: RecordPolicy): FinishedRun | undefined {
  if (records === 'none' || (records === 'failed' && run.status === 'succeeded')) return undefined
  return steps === 'all' ? run : { ...run, steps: run.steps.filter(({ status }) => status === 'failed') }
}
