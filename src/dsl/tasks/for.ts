import { pointerTo } from '../../lib/json-pointer.ts'
import { compileExpression } from '../compile/expression.ts'
import { type CompileBody, DEFAULT_INDEX_VARIABLE, DEFAULT_ITEM_VARIABLE, type Scope } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { ForTask } from '../document.ts'
import { isStream } from '../expressions/syntax/streams.ts'
import { expressionSource } from '../string-form.ts'
import { flowError } from '../problem.ts'
import { childFrame, END } from '../run/state.ts'
import { performList, truthy } from '../run/task.ts'

/**
 * `for`: performs its tasks once per item, each iteration on the output of the one before, as long as `while` is true.
 */
export const compileFor: CompileBody<ForTask> = (definition, scope) => {
  const { each = DEFAULT_ITEM_VARIABLE, at = DEFAULT_INDEX_VARIABLE, in: source } = definition.for
  const inside: Scope = { ...scope, locals: [...scope.locals, each, at] }
  const collection =
    typeof source === 'string' ? compileExpression(asCollection(source), scope) : compileTemplate(source, scope)
  const goOn = definition.while === undefined ? undefined : compileExpression(definition.while, inside)
  const list = scope.compiler.list(definition.do, pointerTo(scope.pointer, 'do'), inside.locals)
  return async (input, state) => {
    const { frame } = state
    const items = await collection(input, state)
    if (!Array.isArray(items)) throw flowError('expression', 'What "for.in" gives is not an array.')
    let value: unknown = input
    for (let index = 0; index < items.length; index++) {
      frame.run.budget.countIteration()
      const locals = { ...frame.locals, [each]: items[index] as unknown, [at]: index }
      if (goOn !== undefined && !truthy(await goOn(value, { ...state, frame: { ...frame, locals } }))) break
      const { output, ended } = await performList(
        list,
        value,
        childFrame(state, { locals, path: `${state.path}.${index}` })
      )
      value = output
      if (ended) return { output: value, next: END }
    }
    return { output: value }
  }
}

/**
 * Collects the outputs of an expression such as `.items[]` as the items, however many there are: also one, which may
 * itself be an array, or none.
 */
function asCollection(source: string): string {
  const expression = expressionSource(source)
  return isStream(expression) ? `[${expression}\n]` : expression
}
