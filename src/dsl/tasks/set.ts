import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { SetTask } from '../document.ts'

/** `set`: the output is the value of `set`, with its expressions evaluated on the task's input. */
export const compileSet: CompileBody<SetTask> = (definition, scope) => {
  const value = compileTemplate(definition.set, scope)
  return (input, state) => {
    const output = value(input, state)
    return output instanceof Promise ? output.then((waited) => ({ output: waited })) : { output }
  }
}
