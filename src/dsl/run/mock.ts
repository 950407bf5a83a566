import { FlowError, type FlowProblem, problemType } from '../problem.ts'
import { effectKey } from './effect.ts'
import type { Done, Run, TaskState } from './state.ts'

/** What a simulation puts in the place of the task, if anything. @throws FlowError where that is an error. */
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
