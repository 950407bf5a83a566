import { Interrupted, Suspended } from './unwind.ts'
import { effect } from './effect.ts'
import type { TaskState } from './state.ts'

/** How a race ended, as the journal keeps it (`verdict`), and what it gave this time (`settled`; absent when only the verdict was known). */
export interface Decision<V, T> {
  readonly verdict: V
  readonly settled: { readonly value: T } | { readonly error: unknown } | undefined
}

/** Whether an error only unwinds: not an error of the flow, so nothing to catch or to record. */
export function isUnwinding(error: unknown): boolean {
  return error instanceof Interrupted || error instanceof Suspended
}

/**
 * Runs something whose result depends on time, with effects of its own inside, and records which way it went: a resumed run goes the same way
 * by performing only what was decided for, from the recorded effects.
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
  const verdict = await effect(state, label, async () => judge((here.settled = await settle(contest()))))
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
