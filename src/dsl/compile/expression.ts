import type { Expression, ExpressionGroup, JobContext, Variables } from '../expressions/expressions.ts'
import type { Evaluate, Run, TaskState } from '../run/state.ts'
import { working } from '../run/working.ts'
import { wholeSeconds } from '../../lib/clock.ts'
import { own } from '../../lib/json.ts'
import { expressionSource, mentionedVariables } from '../string-form.ts'
import type { Scope } from './scope.ts'

type Read = (state: TaskState) => unknown

const BUILT_IN: Readonly<Record<string, Read>> = {
  context: (state) => state.frame.branch.context,
  input: (state) => state.input,
  output: (state) => state.output,
  task: describeTask,
  workflow: ({ frame: { run } }) => (run.workflow ??= describeWorkflow(run)),
  runtime: (state) => state.frame.run.runtime,
  secrets: (state) => state.frame.run.secrets,
  authorization: (state) => state.authorization
}

/** Variables that expressions can read. All are readable everywhere, except `output`, `secrets` and `authorization`. */
export const BUILT_IN_VARIABLES: readonly string[] = Object.keys(BUILT_IN)

const NO_VARIABLES: Variables = Object.freeze({})

/** Compiles a field that holds an expression, with `${ }` or without. */
export function compileExpression(text: string, scope: Scope): Evaluate {
  const source = expressionSource(text)
  const { names, variables } = variablesOf([source], scope)
  const expression = scope.compiler.expressions.compile(source, names)
  return (value, state) =>
    working(state.frame, expression.evaluate(value, variables(state), contextFor(expression, state)))
}

/** Compiles several expressions over the same value into one evaluation. */
export function compileExpressions(
  sources: readonly string[],
  scope: Scope
): (value: unknown, state: TaskState) => unknown[] | Promise<unknown[]> {
  const { names, variables } = variablesOf(sources, scope)
  const group = scope.compiler.expressions.compileAll(sources, names)
  return (value, state) => working(state.frame, group.evaluate(value, variables(state), contextFor(group, state)))
}

// Builds only the variables that an expression mentions: a pool job copies them, and `$task` costs a timestamp.
function variablesOf(
  sources: readonly string[],
  scope: Scope
): { names: string[]; variables: (state: TaskState) => Variables } {
  const mentioned = new Set(sources.flatMap((source) => [...mentionedVariables(source)]))
  const names = [...BUILT_IN_VARIABLES, ...scope.locals].filter(
    (name, index, all) => mentioned.has(name) && all.indexOf(name) === index
  )
  for (const name of names) scope.mentions.add(name)
  if (names.length === 0) return { names, variables: () => NO_VARIABLES }
  const reads = names.map(
    (name): Read => (own(BUILT_IN, name) as Read | undefined) ?? ((state) => state.frame.locals[name])
  )
  return {
    names,
    variables: (state) => {
      const variables: Record<string, unknown> = {}
      for (let index = 0; index < names.length; index++)
        variables[names[index] as string] = (reads[index] as Read)(state) ?? null
      return variables
    }
  }
}

function contextFor(expression: Expression | ExpressionGroup, { frame }: TaskState): JobContext {
  return expression.path === 'fast' ? frame.run.job : { ...frame.run.job, signal: frame.cancel.signal }
}

/** `$task` (DSL 1.0.3, "Task Descriptor"). */
function describeTask(state: TaskState): unknown {
  const { task, rawInput, rawOutput, startedAt } = state
  return {
    name: task.name,
    reference: task.pointer,
    definition: task.definition,
    input: rawInput,
    output: rawOutput,
    startedAt: describeTime(startedAt)
  }
}

/** `$workflow` (DSL 1.0.3, "Workflow Descriptor"). */
function describeWorkflow(run: Run): Readonly<Record<string, unknown>> {
  return { id: run.id, definition: run.document, input: run.input, startedAt: describeTime(run.startedAt) }
}

/** A time as expressions see it (DSL 1.0.3, "DateTime Descriptor"): in whole seconds, which jq's `fromdate` reads. */
function describeTime(ms: number): { iso8601: string; epoch: { seconds: number; milliseconds: number } } {
  return { iso8601: wholeSeconds(ms), epoch: { seconds: Math.floor(ms / 1000), milliseconds: ms } }
}
