import type { StepRecord } from '../dsl/index.ts'
import { createDurationCounts, type DurationCounts } from '../lib/duration-counts.ts'
import type { Caller, RunMode, RunStatus } from './run.ts'

/** Upper bounds of buckets, in seconds: from a run without upstream calls to a durable run of a day. */
const RUN_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400]
const STEP_SECONDS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600]

type EndStatus = Extract<RunStatus, 'succeeded' | 'failed' | 'cancelled'>

/** What started a run. */
export type RunOrigin = 'call' | 'try' | 'schedule' | 'event'

export interface EndedTimes {
  mode: RunMode
  status: EndStatus
  caller: Pick<Caller, 'kind' | 'triedBy'>
  startedAt: number
  finishedAt: number
}

/** How long the runs that ended in this process, and their steps, took. */
export interface RunTimes {
  ended(run: EndedTimes): void
  step(step: Pick<StepRecord, 'status' | 'durationMs'>): void
  runs(): readonly { labels: { mode: RunMode; origin: RunOrigin; status: EndStatus }; times: DurationCounts }[]
  steps(): readonly { labels: { status: StepRecord['status'] }; times: DurationCounts }[]
}

export function createRunTimes(): RunTimes {
  const runs = new Map<string, ReturnType<RunTimes['runs']>[number]>()
  const steps = new Map<StepRecord['status'], ReturnType<RunTimes['steps']>[number]>()
  return {
    ended({ mode, status, caller, startedAt, finishedAt }) {
      const origin = originOf(caller)
      const key = `${mode} ${origin} ${status}`
      let found = runs.get(key)
      if (!found)
        runs.set(key, (found = { labels: { mode, origin, status }, times: createDurationCounts(RUN_SECONDS) }))
      found.times.add(Math.max(0, finishedAt - startedAt))
    },
    step({ status, durationMs }) {
      // A skipped task took no time.
      if (status === 'skipped') return
      let found = steps.get(status)
      if (!found) steps.set(status, (found = { labels: { status }, times: createDurationCounts(STEP_SECONDS) }))
      found.times.add(durationMs)
    },
    runs: () => [...runs.values()],
    steps: () => [...steps.values()]
  }
}

function originOf({ kind, triedBy }: EndedTimes['caller']): RunOrigin {
  if (triedBy !== undefined) return 'try'
  return kind === 'schedule' || kind === 'event' ? kind : 'call'
}
