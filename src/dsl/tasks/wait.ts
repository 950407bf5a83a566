import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { WaitTask } from '../document.ts'
import { effect } from '../run/effect.ts'
import { evaluateDuration } from '../run/task.ts'

/** `wait`: waits for a duration. The output is the input. */
export const compileWait: CompileBody<WaitTask> = (definition, scope) => {
  scope.compiler.noteWait()
  const duration = compileTemplate(definition.wait, scope)
  return async (input, state) => {
    const ms = await evaluateDuration(duration, state)
    await effect(state, '', (at) => state.frame.run.ports.sleep(ms, at.signal, at), 'composite')
    return { output: input }
  }
}
