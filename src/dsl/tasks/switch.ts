import { compileExpression } from '../compile/expression.ts'
import { type CompileBody, nextOf } from '../compile/scope.ts'
import type { SwitchTask } from '../document.ts'
import type { Done, Evaluate, Next } from '../run/state.ts'
import { truthy } from '../run/task.ts'

/**
 * `switch`: continues where the first case says whose condition is true; if there is none, where the case without a
 * condition says. The output is the input.
 */
export const compileSwitch: CompileBody<SwitchTask> = (definition, scope) => {
  const cases: { when: Evaluate; next: Next }[] = []
  let fallback: Next | undefined
  for (const item of definition.switch) {
    const [found] = Object.values(item)
    if (found === undefined) continue
    if (found.when === undefined) fallback = nextOf(found.then, scope.siblings)
    else cases.push({ when: compileExpression(found.when, scope), next: nextOf(found.then, scope.siblings) })
  }
  return async (input, state): Promise<Done> => {
    for (const { when, next } of cases) {
      const matches = when(input, state)
      if (truthy(matches instanceof Promise ? await matches : matches)) return { output: input, next }
    }
    return { output: input, next: fallback }
  }
}
