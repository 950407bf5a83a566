import { createHash } from 'node:crypto'
import type { EffectInfo } from '../ports.ts'
import { FlowError, type FlowProblem, type ProblemOrigin } from '../problem.ts'
import type { TaskState } from './state.ts'

/** What the journal keeps of an effect: also a failure, or a resumed run would make the attempt again. */
type Recorded<T> = { value: T } | { error: FlowProblem; origin: ProblemOrigin }

/**
 * Does what reaches outside the language (a call, the time, a random number) once per run and place: given back from the journal when the run is resumed.
 * Ends at once with `Interrupted` when the scope is cancelled.
 */
export async function effect<T>(state: TaskState, label: string, perform: (at: EffectInfo) => Promise<T>): Promise<T> {
  const { run, cancel } = state.frame
  const at = effectInfo(state, label)
  cancel.check()
  run.deadline.arm(run)
  if (run.journal === undefined) return cancel.race(perform(at))
  const recorded = await cancel.race(run.journal.effect<Recorded<T>>(at.key, () => record(perform(at), state)))
  if ('error' in recorded) throw new FlowError(recorded.error, recorded.origin)
  return recorded.value
}

export function effectKey(state: TaskState, label: string): string {
  return `${state.task.pointer}@${state.path}${label}`
}

function effectInfo(state: TaskState, label: string): EffectInfo {
  const { frame } = state
  const key = effectKey(state, label)
  return {
    pointer: state.task.pointer,
    attempt: frame.attempt,
    key,
    signal: frame.cancel.signal,
    idempotencyKey: idempotencyKey(frame.run.id, key)
  }
}

function idempotencyKey(runId: string, key: string): string {
  return createHash('sha256').update(`${runId}\n${key}`).digest('base64url')
}

async function record<T>(work: Promise<T>, state: TaskState): Promise<Recorded<T>> {
  try {
    return { value: await work }
  } catch (error) {
    // What a cancelled call ends with says nothing of the upstream, so a resumed run must not take it for the answer.
    if (error instanceof FlowError && !state.frame.cancel.aborted) return { error: error.problem, origin: error.origin }
    throw error
  }
}

/** The time, the same when the run is resumed. */
export function timeOf(state: TaskState, label: string): number | Promise<number> {
  const { run } = state.frame
  return run.journal === undefined ? run.ports.now() : effect(state, label, async () => run.ports.now())
}
