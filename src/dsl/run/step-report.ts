import { isoTime } from '../../lib/time-text.ts'
import type { StepRecord } from '../ports.ts'
import { FlowError, type FlowProblem, problemType, withoutResponse } from '../problem.ts'
import { effectKey } from './effect.ts'
import type { Done, Run, TaskState } from './state.ts'

const PROBLEM_CHARS = 1_000

/** A value as a step shows it: the value itself, as long as the record of the run has room. */
export function shown(value: unknown, run: Run): unknown {
  const bytes = run.sizer.bytes(value)
  return run.budget.mayShow(bytes) ? value : { truncated: true, characters: bytes }
}

/**
 * An error as a step shows it: never left out, but with shortened texts if the record has no room for them. The answer
 * of an upstream is shown only by the step of the call itself, not by the tasks around it.
 */
export function shownProblem(error: FlowProblem, pointer: string, run: Run): FlowProblem {
  if (error.instance === pointer && run.budget.mayShow(run.sizer.bytes(error))) return error
  const problem = withoutResponse(error)
  if (run.budget.mayShow(run.sizer.bytes(problem))) return problem
  const cut = { ...problem, type: problem.type.slice(0, PROBLEM_CHARS) }
  for (const name of ['title', 'detail', 'instance'] as const) {
    const text = problem[name]
    if (text !== undefined) cut[name] = text.slice(0, PROBLEM_CHARS)
  }
  return cut
}

/**
 * The result that a simulation gives instead of the task, if it has one.
 * @throws FlowError if the mock is an error.
 */
export function mocked(mock: NonNullable<Run['mock']>, state: TaskState): Done | undefined {
  const found = mock({ pointer: state.task.pointer, attempt: state.frame.attempt, key: effectKey(state, '') })
  if (found === undefined) return undefined
  if ('output' in found) return { output: found.output }
  const problem: FlowProblem = {
    type: problemType('communication'),
    status: 500,
    title: 'Simulated error',
    ...found.error
  }
  throw new FlowError(problem, 'upstream')
}

/**
 * A finished task as a run or a simulation shows it. `startedAt` is an RFC 3339 time.
 * `{ truncated: true, … }` replaces a value that is too large.
 */
export interface ShownStep extends Omit<StepRecord, 'key' | 'startedAt' | 'console'> {
  startedAt: string
  console?: unknown
}

/** The members of a step other than its values. Rounds durations to the microsecond. */
export function stepFacts({
  pointer,
  attempt,
  status,
  startedAt,
  durationMs,
  runId
}: StepRecord): Pick<ShownStep, 'pointer' | 'attempt' | 'status' | 'startedAt' | 'durationMs' | 'runId'> {
  return {
    pointer,
    attempt,
    status,
    startedAt: isoTime(startedAt),
    durationMs: Math.round(durationMs * 1000) / 1000,
    ...(runId === undefined ? {} : { runId })
  }
}
