import type { CompileBody } from '../compile/scope.ts'
import type { ForkTask } from '../document.ts'
import { pointerTo } from '../../lib/json-pointer.ts'
import { Interrupted, Suspended } from '../run/unwind.ts'
import { Cancel } from '../run/cancel.ts'
import { decide } from '../run/decide.ts'
import { childFrame, type CompiledTask, type Done, END, type Next, type TaskState } from '../run/state.ts'
import { performTask } from '../run/task.ts'

interface Finished {
  branch: number
  output: unknown
  next: Next
}

/** The end of a fork: all branches finished, or one branch was decisive because it won, failed, or ended the flow. */
interface Contest {
  finished: Finished[]
  decisive?: { branch: number; result: { value: Finished } | { error: unknown } } | undefined
}

/**
 * `fork`: performs its branches concurrently, each on the task's input and with a context of its own, which is dropped.
 * The output lists their outputs in declaration order. With `compete` the output is that of the first branch to finish,
 * and the other branches are cancelled. A branch that fails cancels the others and fails the task.
 */
export const compileFork: CompileBody<ForkTask> = (definition, scope) => {
  const branches = scope.compiler.list(
    definition.fork.branches,
    pointerTo(scope.pointer, 'fork', 'branches'),
    scope.locals
  )
  const compete = definition.fork.compete ?? false
  return async (input, state): Promise<Done> => {
    const { verdict, settled } = await decide(
      state,
      '#fork',
      () => contest(branches, compete, input, state),
      (end) => ({ decisive: 'value' in end ? (end.value.decisive?.branch ?? null) : null })
    )
    if (settled !== undefined && 'error' in settled) throw settled.error
    const { finished, decisive } = settled?.value ?? (await replay(branches, verdict.decisive, input, state))
    if (decisive === undefined)
      return { output: finished.toSorted((a, b) => a.branch - b.branch).map(({ output }) => output) }
    if ('error' in decisive.result) throw decisive.result.error
    const { output, next } = decisive.result.value
    return { output, next: next === END ? END : undefined }
  }
}

/** A resumed run performs only the decisive branch, if there was one: the effects of the others no longer matter. */
async function replay(
  branches: readonly CompiledTask[],
  decisive: number | null,
  input: unknown,
  state: TaskState
): Promise<Contest> {
  if (decisive === null) return contest(branches, false, input, state)
  const value = await performBranch(branches, decisive, input, state, state.frame.cancel)
  return { finished: [], decisive: { branch: decisive, result: { value } } }
}

async function contest(
  branches: readonly CompiledTask[],
  compete: boolean,
  input: unknown,
  state: TaskState
): Promise<Contest> {
  const cancel = new Cancel(state.frame.cancel)
  const end: Contest = { finished: [] }
  let suspended: Suspended | undefined
  const decideBy = (branch: number, result: { value: Finished } | { error: unknown }): void => {
    end.decisive ??= { branch, result }
    cancel.abort()
  }
  // Waits for all branches, even cancelled ones, so that no part of a fork outlives it.
  await Promise.all(
    branches.map(async (_, branch) => {
      try {
        const value = await performBranch(branches, branch, input, state, cancel)
        end.finished.push(value)
        if (compete || value.next === END) decideBy(branch, { value })
      } catch (error) {
        if (error instanceof Suspended)
          suspended = suspended === undefined || error.until < suspended.until ? error : suspended
        else if (!(error instanceof Interrupted)) decideBy(branch, { error })
      }
    })
  )
  cancel.dispose()
  state.frame.cancel.check()
  if (end.decisive === undefined && suspended !== undefined) throw suspended
  return end
}

async function performBranch(
  branches: readonly CompiledTask[],
  branch: number,
  input: unknown,
  state: TaskState,
  cancel: Cancel
): Promise<Finished> {
  const frame = childFrame(state, { cancel, branch: { context: state.frame.branch.context } })
  const { output, next } = await performTask(branches[branch] as CompiledTask, input, frame, 0)
  return { branch, output, next }
}
