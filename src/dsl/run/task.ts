import { durationMs } from '../duration.ts'
import { ExpressionError } from '../expressions/expressions.ts'
import type { StepRecord } from '../ports.ts'
import { FlowError, flowError, type FlowProblem } from '../problem.ts'
import { effectKey, timeOf } from './effect.ts'
import { fetchSecrets } from './secrets.ts'
import {
  type CompiledList,
  type CompiledTask,
  type Done,
  END,
  type Evaluate,
  EXIT,
  type Frame,
  NEXT,
  type Next,
  type TaskState
} from './state.ts'
import { mocked, shown, shownProblem } from './step-report.ts'
import { withTimeout } from './timeout.ts'
import { Interrupted, Suspended } from './unwind.ts'
import { working } from './working.ts'

/**
 * Performs one task in the order of the DSL: `if`, `input.schema`, `input.from`, the body, `output.as`,
 * `output.schema`, `export.as`, `export.schema`. Awaits only promises, so that a flow of transforms takes a few
 * microseconds of synchronous calls.
 *
 * A task ends as `skipped` (`if` is not true), `succeeded`, `failed` or `cancelled`; `report` records each of these
 * once. `Suspended` reports nothing, because the task runs again.
 */
export async function performTask(
  task: CompiledTask,
  rawInput: unknown,
  frame: Frame,
  lap: number
): Promise<{ output: unknown; next: Next }> {
  const { run } = frame
  frame.cancel.check()
  if (run.budget.slice.isSpent) await pause(frame)
  const state = newState(task, rawInput, frame, lap)
  const startedAt = run.onStep === undefined ? 0 : run.ports.now()
  try {
    run.budget.countTask()
    if (task.readsSecrets && run.secrets === undefined) await fetchSecrets(run)
    if (task.readsTask) state.startedAt = await timeOf(state, '#startedAt')
    if (task.condition !== undefined) {
      const condition = task.condition(rawInput, state)
      if (!truthy(condition instanceof Promise ? await condition : condition)) {
        state.output = rawInput
        report('skipped', state, startedAt)
        return { output: rawInput, next: NEXT }
      }
    }
    const inputChecked = task.inputSchema?.(rawInput, 'The input of the task', state)
    if (inputChecked instanceof Promise) await inputChecked
    if (task.inputFrom !== undefined) {
      const from = task.inputFrom(rawInput, state)
      run.sizer.check((state.input = from instanceof Promise ? await from : from))
    }
    const body = performBody(task, state)
    const done = body instanceof Promise ? await body : body
    state.rawOutput = state.output = done.output
    if (done.output !== state.input) run.sizer.check(done.output)
    if (task.outputAs !== undefined) {
      const as = task.outputAs(done.output, state)
      run.sizer.check((state.output = as instanceof Promise ? await as : as))
    }
    const outputChecked = task.outputSchema?.(state.output, 'The output of the task', state)
    if (outputChecked instanceof Promise) await outputChecked
    if (task.exportAs !== undefined) {
      const exported = task.exportAs(state.output, state)
      const context = exported instanceof Promise ? await exported : exported
      run.sizer.check(context)
      await task.exportSchema?.(context, 'The exported context', state)
      frame.branch.context = context
    } else if (task.exportSchema !== undefined) {
      await task.exportSchema(frame.branch.context, 'The exported context', state)
    }
    report('succeeded', state, startedAt)
    return { output: state.output, next: done.next ?? task.next }
  } catch (thrown) {
    const error = atTask(thrown, frame, task.pointer)
    if (error instanceof FlowError) report('failed', state, startedAt, error)
    else if (error instanceof Interrupted) report('cancelled', state, startedAt)
    throw error
  }
}

/** Truth as in jq: everything except `false` and `null`. */
export function truthy(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined
}

/** The truth of a condition on an error, or `otherwise` if there is no condition. */
export async function holds(
  condition: Evaluate | undefined,
  otherwise: boolean,
  problem: FlowProblem,
  state: TaskState
): Promise<boolean> {
  return condition === undefined ? otherwise : truthy(await condition(problem, state))
}

/**
 * Evaluates a duration.
 * @returns milliseconds
 * @throws FlowError `expression` if the value is not a duration.
 */
export async function evaluateDuration(duration: Evaluate, state: TaskState): Promise<number> {
  const value = await duration(state.input, state)
  const ms = durationMs(value)
  if (ms === undefined)
    throw flowError(
      'expression',
      'The expression does not give a duration: ISO 8601 such as "PT30S", or an object such as { "seconds": 30 }.'
    )
  return ms
}

function performBody(task: CompiledTask, state: TaskState): Done | Promise<Done> {
  const { run } = state.frame
  const mock = run.mock === undefined ? undefined : mocked(run.mock, state)
  if (mock !== undefined) return mock
  return task.timeout === undefined ? task.body(state.input, state) : performWithin(task, task.timeout, state)
}

async function performWithin(task: CompiledTask, timeout: Evaluate, state: TaskState): Promise<Done> {
  const ms = await evaluateDuration(timeout, state)
  const outer = state.frame
  try {
    return await withTimeout(ms, '#timeout', state, async (frame) => {
      state.frame = frame
      return task.body(state.input, state)
    })
  } finally {
    state.frame = outer
  }
}

async function pause(frame: Frame): Promise<void> {
  const { run } = frame
  await working(frame, run.budget.slice.yield())
  frame.cancel.check()
  run.budget.checkTime(run.ports.now() - run.startedAt)
}

function newState(task: CompiledTask, rawInput: unknown, frame: Frame, lap: number): TaskState {
  return {
    frame,
    task,
    path: frame.path === '' ? String(lap) : `${frame.path}.${lap}`,
    rawInput,
    input: rawInput,
    rawOutput: null,
    output: null,
    startedAt: 0,
    authorization: null,
    console: undefined,
    startedRun: undefined
  }
}

/**
 * Turns anything thrown into an error of the flow with the task as its place. Leaves `Interrupted` and `Suspended` as
 * they are.
 */
function atTask(thrown: unknown, frame: Frame, pointer: string): unknown {
  if (thrown instanceof Interrupted || thrown instanceof Suspended) return thrown
  if (frame.cancel.aborted) return new Interrupted()
  return asFlowError(thrown).at(pointer)
}

/** A failed expression is an `expression` error. Anything unexpected is a `runtime` error that hides its message. */
export function asFlowError(thrown: unknown): FlowError {
  if (thrown instanceof FlowError) return thrown
  if (thrown instanceof ExpressionError) return flowError('expression', thrown.message, { cause: thrown })
  return flowError('runtime', 'The engine failed at this task.', { cause: thrown })
}

function report(status: StepRecord['status'], state: TaskState, startedAt: number, error?: FlowError): void {
  const { run, attempt } = state.frame
  if (run.onStep === undefined || !run.budget.mayRecordStep()) return
  const step: StepRecord = {
    pointer: state.task.pointer,
    key: effectKey(state, ''),
    attempt,
    status,
    startedAt,
    durationMs: Math.max(0, run.ports.now() - startedAt),
    input: shown(state.input, run)
  }
  if (status === 'succeeded' || status === 'skipped') step.output = shown(state.output, run)
  if (error !== undefined) step.error = shownProblem(error.problem, state.task.pointer, run)
  if (state.console !== undefined && run.budget.mayShow(run.sizer.bytes(state.console))) step.console = state.console
  if (state.startedRun !== undefined) step.runId = state.startedRun
  run.onStep(step)
}

/**
 * Performs tasks in order, each on the output of the one before, and follows their `then`. A backward jump starts a new
 * lap, which separates the effects of the same task.
 * @returns `ended`: a task said `end`, so the whole flow ends
 */
export async function performList(
  list: CompiledList,
  input: unknown,
  frame: Frame
): Promise<{ output: unknown; ended: boolean }> {
  let value = input
  let lap = 0
  let index = 0
  while (index < list.length) {
    const { output, next } = await performTask(list[index] as CompiledList[number], value, frame, lap)
    value = output
    if (next === END) return { output: value, ended: true }
    if (next === EXIT) break
    if (next !== NEXT && next <= index) lap++
    index = next === NEXT ? index + 1 : next
  }
  return { output: value, ended: false }
}
