import { own } from '../../lib/json.ts'
import type { TaskBase, TaskDefinition } from '../document.ts'
import type { Body, CompiledTask, Evaluate, Validate } from '../run/state.ts'
import { compileExpression } from './expression.ts'
import { type Compiler, nextOf, type Scope } from './scope.ts'
import { compileTemplate } from './template.ts'

/** Compiles one task: its body, its transforms, schemas, condition and timeout. */
export function compileTask(
  compiler: Compiler,
  name: string,
  definition: TaskDefinition,
  pointer: string,
  locals: readonly string[],
  siblings: readonly string[]
): CompiledTask {
  const scope: Scope = { compiler, pointer, locals, siblings, mentions: new Set() }
  const body: Body = compiler.body(definition, scope)
  const schema = (
    holder: { schema?: Parameters<Compiler['schema']['compile']>[0] } | undefined
  ): Validate | undefined => (holder?.schema === undefined ? undefined : compiler.schema.compile(holder.schema))
  const parts = {
    condition: definition.if === undefined ? undefined : compileExpression(definition.if, scope),
    inputSchema: schema(definition.input),
    inputFrom: compileTransform(definition.input?.from, scope),
    timeout: compileTimeout(definition.timeout, scope),
    outputAs: compileTransform(definition.output?.as, scope),
    outputSchema: schema(definition.output),
    exportAs: compileTransform(definition.export?.as, scope),
    exportSchema: schema(definition.export)
  }
  return {
    name,
    pointer,
    definition,
    body,
    ...parts,
    next: nextOf(definition.then, siblings),
    readsTask: scope.mentions.has('task'),
    readsSecrets: scope.mentions.has('secrets')
  }
}

/** Compiles `input.from`, `output.as` or `export.as`: a string is an expression, an object a template. */
export function compileTransform(transform: string | object | undefined, scope: Scope): Evaluate | undefined {
  if (transform === undefined) return undefined
  return typeof transform === 'string' ? compileExpression(transform, scope) : compileTemplate(transform, scope)
}

/** Compiles a timeout, defined in place or by its name in `use.timeouts`. */
export function compileTimeout(timeout: TaskBase['timeout'], scope: Scope): Evaluate | undefined {
  if (timeout === undefined) return undefined
  const definition =
    typeof timeout === 'string'
      ? (own(scope.compiler.document.use?.timeouts ?? {}, timeout) as { after: string | object })
      : timeout
  return compileTemplate(definition.after, scope)
}
