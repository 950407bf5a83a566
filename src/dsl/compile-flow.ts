import type { Expressions } from './expressions/expressions.ts'
import type { FlowDocument, TaskDefinition } from './document.ts'
import type { CompiledList, CompiledTask, Evaluate, Identity, Validate } from './run/state.ts'
import { pointerTo } from '../lib/json-pointer.ts'
import { own } from '../lib/json.ts'
import { schemaCompiler } from './compile/schema.ts'
import type { Compiler, Scope } from './compile/scope.ts'
import { compileTask, compileTimeout, compileTransform } from './compile/task.ts'
import { compileBody } from './tasks/index.ts'

/** A document, compiled once and run often. Holds nothing of any run. */
export interface CompiledFlow {
  readonly document: FlowDocument
  readonly identity: Identity
  readonly tasks: CompiledList
  readonly inputSchema: Validate | undefined
  readonly inputFrom: Evaluate | undefined
  readonly timeout: Evaluate | undefined
  readonly outputAs: Evaluate | undefined
  readonly outputSchema: Validate | undefined
}

export interface CompileOptions {
  /** OpenAPI documents by endpoint, as fetched and pinned when the flow was saved: every one that `openApiCalls` names. */
  openapi?: ReadonlyMap<string, unknown>
}

/** Compiles a document that the lint has found clean. @throws TypeError where it is not. */
export function compileFlow(
  document: FlowDocument,
  expressions: Expressions,
  options: CompileOptions = {}
): CompiledFlow {
  const functions = new Map<string, CompiledTask>()
  const compiler: Compiler = {
    document,
    expressions,
    schema: schemaCompiler(),
    openapi: options.openapi ?? new Map(),
    body: compileBody,
    task: (name, definition, pointer, locals, siblings) =>
      compileTask(compiler, name, definition, pointer, locals, siblings),
    list: (tasks, pointer, locals) => {
      const entries = tasks.map((item) => Object.entries(item)[0] as [string, TaskDefinition])
      const siblings = entries.map(([name]) => name)
      return entries.map(([name, definition], index) =>
        compiler.task(name, definition, pointerTo(pointer, index, name), locals, siblings)
      )
    },
    function: (name) => () => {
      const known = functions.get(name)
      if (known !== undefined) return known
      const definition = own(document.use?.functions ?? {}, name) as TaskDefinition
      const compiled = compiler.task(name, definition, pointerTo('/use/functions', name), [], [])
      functions.set(name, compiled)
      return compiled
    }
  }
  const scope: Scope = { compiler, pointer: '', locals: [], siblings: [], mentions: new Set() }
  return {
    document,
    identity: { name: document.document.name, pointer: '', definition: document },
    tasks: compiler.list(document.do, '/do', []),
    inputSchema: document.input?.schema === undefined ? undefined : compiler.schema.compile(document.input.schema),
    inputFrom: compileTransform(document.input?.from, scope),
    timeout: compileTimeout(document.timeout, scope),
    outputAs: compileTransform(document.output?.as, scope),
    outputSchema: document.output?.schema === undefined ? undefined : compiler.schema.compile(document.output.schema)
  }
}
