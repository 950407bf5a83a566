import { Interrupted, Suspended } from './unwind.ts'
import { effect } from './effect.ts'
import type { TaskState } from './state.ts'

/**
 * The end of a race. `verdict` is what the journal keeps; `settled` is what this execution produced, absent if the
 * verdict came from the journal.
 */
export interface Decision<V, T> {
  readonly verdict: V
  readonly settled: { readonly value: T } | { readonly error: unknown } | undefined
}

/** Whether an error only unwinds the stack. It is not an error of the flow, so it is neither caught nor recorded. */
export function isUnwinding(error: unknown): boolean {
  return error instanceof Interrupted || error instanceof Suspended
}

/**
 * Runs a race: work whose result depends on time and which has effects inside. Records the verdict. A resumed run
 * performs only the side that won, from its recorded effects.
 */
export async function decide<V, T>(
  state: TaskState,
  label: string,
  contest: () => Promise<T>,
  judge: (settled: { value: T } | { error: unknown }) => V
): Promise<Decision<V, T>> {
  if (state.frame.run.journal === undefined) {
    const settled = await settle(contest())
    return { verdict: judge(settled), settled }
  }
  const here: { settled?: { value: T } | { error: unknown } } = {}
  const verdict = await effect(state, label, async () => judge((here.settled = await settle(contest()))), 'composite')
  return { verdict, settled: here.settled }
}

async function settle<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work }
  } catch (error) {
    if (isUnwinding(error)) throw error
    return { error }
  }
}
