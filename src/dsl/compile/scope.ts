import type { FlowDocument, TaskDefinition, TaskList } from '../document.ts'
import type { Expressions } from '../expressions/expressions.ts'
import { type Body, type CompiledList, type CompiledTask, END, EXIT, NEXT, type Next } from '../run/state.ts'
import type { SchemaCompiler } from './schema.ts'

/** The state that all tasks of a document share while it is compiled. */
export interface Compiler {
  readonly document: FlowDocument
  readonly expressions: Expressions
  readonly schema: SchemaCompiler
  /** OpenAPI documents by endpoint, as pinned when the flow was saved. */
  readonly openapi: ReadonlyMap<string, unknown>
  /** Compiles the body of a task by its kind. `tasks/index.ts` has the table. */
  readonly body: CompileBody<TaskDefinition>
  list(tasks: TaskList, pointer: string, locals: readonly string[]): CompiledList
  task(
    name: string,
    definition: TaskDefinition,
    pointer: string,
    locals: readonly string[],
    siblings: readonly string[]
  ): CompiledTask
  /**
   * One of `use.functions`. It is compiled after the tasks that call it, so call the returned function only when the
   * flow runs.
   */
  function(name: string): () => CompiledTask
  /** Records that the flow has a task that can wait: see `mayWait`. */
  noteWait(): void
}

/** The place in the document at which a task is compiled. */
export interface Scope {
  readonly compiler: Compiler
  readonly pointer: string
  /** Variables of the enclosing loops and catches. */
  readonly locals: readonly string[]
  /** Names of the tasks in the same list, for `then`. */
  readonly siblings: readonly string[]
  /** Names of all variables that the task's expressions read, collected while they are compiled. */
  readonly mentions: Set<string>
}

/** Compiles the body of one kind of task. */
export type CompileBody<T> = (definition: T, scope: Scope) => Body

/** Names of the variables that loops and catches define, unless the document chooses others. */
export const DEFAULT_ERROR_VARIABLE = 'error'
export const DEFAULT_ITEM_VARIABLE = 'item'
export const DEFAULT_INDEX_VARIABLE = 'index'

/**
 * The target of a `then`: `continue`, `exit`, `end`, or the sibling of that name.
 * @throws TypeError for a name that no sibling has.
 */
export function nextOf(then: string | undefined, siblings: readonly string[]): Next {
  if (then === undefined || then === 'continue') return NEXT
  if (then === 'exit') return EXIT
  if (then === 'end') return END
  const index = siblings.indexOf(then)
  if (index === -1) throw new TypeError(`There is no task "${then}" in this list.`)
  return index
}
