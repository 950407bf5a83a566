import { hash } from 'node:crypto'
import type { EffectInfo, EffectKind } from '../ports.ts'
import { FlowError, type FlowProblem, type ProblemOrigin } from '../problem.ts'
import type { TaskState } from './state.ts'

/** What the journal keeps of an effect. Failures are kept as well; otherwise a resumed run would repeat the attempt. */
type Recorded<T> = { value: T } | { error: FlowProblem; origin: ProblemOrigin }

/**
 * Performs what reaches outside the language (a call, the time, a random number) once per run and key. A resumed run
 * takes the result from the journal.
 * @param kind `composite` if it contains other effects, including waits
 * @throws Interrupted at once if the scope is cancelled.
 */
export async function effect<T>(
  state: TaskState,
  label: string,
  perform: (at: EffectInfo) => Promise<T>,
  kind: EffectKind = 'leaf'
): Promise<T> {
  const { run, cancel } = state.frame
  const at = effectInfo(state, label)
  cancel.check()
  run.deadline.arm(run)
  if (run.journal === undefined) return cancel.race(perform(at))
  const recorded = await cancel.race(
    run.journal.effect<Recorded<T>>(at.key, () => record(perform(at), state), kind, at.signal)
  )
  if ('error' in recorded) throw new FlowError(recorded.error, recorded.origin)
  return recorded.value
}

/**
 * Names an effect of a run: the pointer of its task, the path of loops and branches to it, and its label in the task. A
 * resumed run finds the recorded result by it.
 */
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
    // A getter, because few effects send it.
    get idempotencyKey() {
      return hash('sha256', `${frame.run.id}\n${key}`, 'base64url')
    }
  }
}

async function record<T>(work: Promise<T>, state: TaskState): Promise<Recorded<T>> {
  try {
    return { value: await work }
  } catch (error) {
    // The error of a cancelled call says nothing about the upstream, so the journal must not keep it as the answer.
    if (error instanceof FlowError && !state.frame.cancel.aborted) return { error: error.problem, origin: error.origin }
    throw error
  }
}

/** The current time. A resumed run gets the recorded one. */
export function timeOf(state: TaskState, label: string): number | Promise<number> {
  const { run } = state.frame
  return run.journal === undefined ? run.ports.now() : effect(state, label, async () => run.ports.now())
}
