import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { CallTask } from '../document.ts'
import { childFrame, END } from '../run/state.ts'
import { performTask } from '../run/task.ts'

/**
 * `call` of one of `use.functions`: performs that task on the arguments in `with`, or on the task's input if there are
 * none. The function does not see the variables of loops around the call; what it exports becomes the flow's context.
 */
export const compileCallFunction: CompileBody<CallTask> = (definition, scope) => {
  const called = scope.compiler.function(definition.call)
  const given = definition.with === undefined ? undefined : compileTemplate(definition.with, scope)
  return async (input, state) => {
    const { run, depth } = state.frame
    run.budget.checkDepth(depth + 1)
    const functionInput = given === undefined ? input : await given(input, state)
    // The pointer of the call separates the effects of two calls of the same function.
    const frame = childFrame(state, { locals: {}, depth: depth + 1, path: `${state.path}(${scope.pointer})` })
    const { output, next } = await performTask(called(), functionInput, frame, 0)
    return { output, next: next === END ? END : undefined }
  }
}
