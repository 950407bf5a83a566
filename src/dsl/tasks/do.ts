import type { CompileBody } from '../compile/scope.ts'
import type { DoTask } from '../document.ts'
import { pointerTo } from '../../lib/json-pointer.ts'
import { performList } from '../run/task.ts'
import { childFrame, END } from '../run/state.ts'

/**
 * `do`: performs its tasks in order on its own input. An `end` inside ends the flow after this task's own transforms.
 */
export const compileDo: CompileBody<DoTask> = (definition, scope) => {
  const list = scope.compiler.list(definition.do, pointerTo(scope.pointer, 'do'), scope.locals)
  return async (input, state) => {
    const { output, ended } = await performList(list, input, childFrame(state, {}))
    return { output, next: ended ? END : undefined }
  }
}
