import { pointerTo } from '../../lib/json-pointer.ts'
import { compileExpression } from '../compile/expression.ts'
import { type CompileBody, DEFAULT_ERROR_VARIABLE, nextOf, type Scope } from '../compile/scope.ts'
import type { CatchDefinition, TryTask } from '../document.ts'
import { type FlowProblem, sameProblemType } from '../problem.ts'
import { isUnwinding } from '../run/decide.ts'
import { childFrame, type Done, END, type Frame, type TaskState } from '../run/state.ts'
import { asFlowError, evaluateDuration, holds, performList } from '../run/task.ts'
import { withTimeout } from '../run/timeout.ts'
import { compileRetry } from './retry.ts'

/**
 * `try`: performs its tasks. An error that `catch` matches is retried under the retry policy, then handled by
 * `catch.do` and `catch.then`; a `catch` without any of the three continues with the input of the `try`. The task fails
 * with an error that does not match, and with one for which `catch` has only a `retry` that is used up.
 */
export const compileTry: CompileBody<TryTask> = (definition, scope) => {
  const { compiler, pointer, locals } = scope
  const variable = definition.catch.as ?? DEFAULT_ERROR_VARIABLE
  const inside: Scope = { ...scope, locals: [...locals, variable] }
  const list = compiler.list(definition.try, pointerTo(pointer, 'try'), locals)
  const matches = compileFilter(definition.catch, inside)
  const retry = compileRetry(definition.catch.retry, {
    ...scope,
    locals: [...locals, variable, DEFAULT_ERROR_VARIABLE]
  })
  const handler =
    definition.catch.do && compiler.list(definition.catch.do, pointerTo(pointer, 'catch', 'do'), inside.locals)
  const next = definition.catch.then === undefined ? undefined : nextOf(definition.catch.then, scope.siblings)

  const attemptOnce = async (
    input: unknown,
    state: TaskState,
    attempt: number
  ): Promise<{ output: unknown; ended: boolean }> => {
    const perform = (frame: Frame): Promise<{ output: unknown; ended: boolean }> =>
      performList(list, input, { ...frame, path: `${state.path}.${attempt}`, attempt })
    if (retry?.attemptDuration === undefined) return perform(state.frame)
    return withTimeout(await evaluateDuration(retry.attemptDuration, state), `#attempt${attempt}`, state, perform)
  }

  return async (input, state): Promise<Done> => {
    const startedAt = (await retry?.start(state)) ?? 0
    for (let attempt = 1; ; attempt++) {
      try {
        const { output, ended } = await attemptOnce(input, state, attempt)
        return { output, next: ended ? END : undefined }
      } catch (thrown) {
        if (isUnwinding(thrown)) throw thrown
        const error = asFlowError(thrown).at(pointer)
        const caught = withLocal(state, variable, error.problem)
        if (error.fatal || !(await matches(error.problem, caught))) throw error
        if (
          retry !== undefined &&
          (await retry.wait(
            attempt,
            startedAt,
            error.problem,
            withLocal(caught, DEFAULT_ERROR_VARIABLE, error.problem)
          ))
        )
          continue
        if (handler === undefined && next === undefined && retry !== undefined) throw error
        if (handler === undefined) return { output: input, next }
        const { output, ended } = await performList(handler, input, childFrame(caught, {}))
        return { output, next: ended ? END : next }
      }
    }
  }
}

function withLocal(state: TaskState, name: string, value: unknown): TaskState {
  return { ...state, frame: { ...state.frame, locals: { ...state.frame.locals, [name]: value } } }
}

/**
 * Whether this `catch` matches an error: compares the members of `errors.with`, then evaluates `when` and `exceptWhen`,
 * which read the error as `.` and by its variable.
 */
function compileFilter(
  definition: CatchDefinition,
  scope: Scope
): (problem: FlowProblem, state: TaskState) => Promise<boolean> {
  const { type, status, ...texts } = definition.errors?.with ?? {}
  const when = definition.when === undefined ? undefined : compileExpression(definition.when, scope)
  const exceptWhen = definition.exceptWhen === undefined ? undefined : compileExpression(definition.exceptWhen, scope)
  return async (problem, state) =>
    (type === undefined || sameProblemType(type, problem.type)) &&
    (status === undefined || status === problem.status) &&
    Object.entries(texts).every(([name, text]) => problem[name as 'instance' | 'title' | 'detail'] === text) &&
    (await holds(when, true, problem, state)) &&
    !(await holds(exceptWhen, false, problem, state))
}
