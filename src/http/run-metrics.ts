import type { Registry } from 'prom-client'
import type { RunTimes } from '../runs/run-times.ts'
import { registerHistogram } from './histogram.ts'

/** Registers how long runs and their steps take. The counts are kept by the runs room and read at a scrape. */
export function collectRunTimes(registry: Registry, times: Pick<RunTimes, 'runs' | 'steps'>): void {
  registerHistogram(
    registry,
    'sluice_run_duration_seconds',
    'Duration of runs that ended in this process, from their acceptance. Mode sync: within a request; async: durable.',
    times.runs
  )
  registerHistogram(
    registry,
    'sluice_step_duration_seconds',
    'Duration of steps of runs. A step that a resumed run repeats counts once.',
    times.steps
  )
}
