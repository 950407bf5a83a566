import type { Expressions } from './expressions/expressions.ts'
import type { FlowDocument, TaskDefinition } from './document.ts'
import type { CompiledList, CompiledTask, Evaluate, Identity, Validate } from './run/state.ts'
import { pointerTo } from '../lib/json-pointer.ts'
import { own } from '../lib/json.ts'
import { createSchemaCompiler } from './compile/schema.ts'
import type { Compiler, Scope } from './compile/scope.ts'
import { compileTask, compileTimeout, compileTransform } from './compile/task.ts'
import { startingEvents, type StartingEvents } from './starts-on.ts'
import { compileBody } from './tasks/index.ts'

/** A document that is compiled once and run many times. Holds no state of any run. */
export interface CompiledFlow {
  readonly document: FlowDocument
  readonly identity: Identity
  readonly tasks: CompiledList
  readonly inputSchema: Validate | undefined
  readonly inputFrom: Evaluate | undefined
  readonly timeout: Evaluate | undefined
  readonly outputAs: Evaluate | undefined
  readonly outputSchema: Validate | undefined
  /** The result of `mayWait`. */
  readonly waits: boolean
  /** Undefined if no event starts the flow. */
  readonly startsOn: StartingEvents | undefined
}

export interface CompileOptions {
  /**
   * OpenAPI documents by endpoint, as fetched and pinned when the flow was saved. `openApiCalls` lists the endpoints.
   */
  openapi?: ReadonlyMap<string, unknown>
}

/**
 * Compiles a document in which the lint found no fault.
 * @throws TypeError for a document that the lint would reject.
 */
export function compileFlow(
  document: FlowDocument,
  expressions: Expressions,
  options: CompileOptions = {}
): CompiledFlow {
  const called = new Set<string>()
  const functions = new Map<string, CompiledTask>()
  let waits = false
  const compiler: Compiler = {
    document,
    expressions,
    schema: createSchemaCompiler(expressions),
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
    function: (name) => {
      called.add(name)
      return () => functions.get(name) as CompiledTask
    },
    noteWait: () => {
      waits = true
    }
  }
  const scope: Scope = { compiler, pointer: '', locals: [], siblings: [], mentions: new Set() }
  const tasks = compiler.list(document.do, '/do', [])
  // A function that calls another one adds to the set while the loop runs.
  for (const name of called) {
    const definition = own(document.use?.functions ?? {}, name) as TaskDefinition
    functions.set(name, compiler.task(name, definition, pointerTo('/use/functions', name), [], []))
  }
  return {
    document,
    identity: { name: document.document.name, pointer: '', definition: document },
    tasks,
    inputSchema: document.input?.schema === undefined ? undefined : compiler.schema.compile(document.input.schema),
    inputFrom: compileTransform(document.input?.from, scope),
    timeout: compileTimeout(document.timeout, scope),
    outputAs: compileTransform(document.output?.as, scope),
    outputSchema: document.output?.schema === undefined ? undefined : compiler.schema.compile(document.output.schema),
    waits,
    startsOn: startingEvents(document, expressions)
  }
}

/**
 * Whether a run of the flow may wait for a long time, so that it may outlive the request that started it. True for a
 * flow that has, in its tasks or in a function that they call, a `wait`, a `catch.retry` with a `delay` or `jitter`, or
 * a `run.workflow` (the other flow is looked up only when the task runs). A task counts even if its `if` is never true.
 * Slow calls do not count, because their timeout limits them.
 * @example
 * if (mayWait(flow)) prepareToSuspend(run)
 */
export function mayWait(flow: CompiledFlow): boolean {
  return flow.waits
}
