import type { FlowProblem } from '../problem.ts'
import type { Run } from './state.ts'

const PROBLEM_CHARS = 1_000

/** A value as a step shows it: itself, as long as the run's record has room. */
export function shown(value: unknown, run: Run): unknown {
  const bytes = run.measure.bytes(value)
  return run.budget.mayShow(bytes) ? value : { truncated: true, characters: bytes }
}

/** An error as a step shows it: always there, its texts cut where the record has no room for them. */
export function shownProblem(problem: FlowProblem, run: Run): FlowProblem {
  if (run.budget.mayShow(run.measure.bytes(problem))) return problem
  const cut = { ...problem, type: problem.type.slice(0, PROBLEM_CHARS) }
  for (const name of ['title', 'detail', 'instance'] as const) {
    const text = problem[name]
    if (text !== undefined) cut[name] = text.slice(0, PROBLEM_CHARS)
  }
  return cut
}
