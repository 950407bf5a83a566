import { Budget } from './budget.ts'
import type { CompiledFlow } from './compile-flow.ts'
import { type JobOwner, NOBODY } from './expressions/expressions.ts'
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from './limits.ts'
import type { FlowPorts, Journal, Mock, StepRecord } from './ports.ts'
import { FlowError, type FlowOutcome } from './problem.ts'
import { Cancel } from './run/cancel.ts'
import { Deadline, type Frame, type Run, type TaskState } from './run/state.ts'
import { asFlowError, evaluateDuration, performList } from './run/task.ts'
import { withTimeout } from './run/timeout.ts'
import { Interrupted, Suspended } from './run/unwind.ts'
import { ValueSizer } from './run/value-size.ts'

const RUNTIME_NAME = 'sluice'

/** What one run needs besides the flow and its input. */
export interface RunContext {
  runtime: { version: string; metadata: { runId: string; requestId?: string; caller?: unknown } }
  ports: FlowPorts
  /** Milliseconds since the epoch at the first start. A resumed run passes the same value. */
  startedAt: number
  /** Makes the run resumable. Without a journal nothing is recorded, and a flow of transforms takes microseconds. */
  journal?: Journal
  onStep?: (step: StepRecord) => void
  /** Receives every text of a secret that the flow reads, before any step is reported that could hold it. */
  onSecret?: (value: string) => void
  /** Replaces the secrets that `onSecret` has received so far in JSON text. */
  maskSecrets?: (json: string) => string
  /** Replaces tasks in a simulation. */
  mock?: (at: { pointer: string; attempt: number; key: string }) => Mock | undefined
  signal?: AbortSignal
  limits?: Partial<FlowLimits>
  /** Whose share of the worker threads the run uses. */
  owner?: JobOwner
  /** For a sub-flow: the value from `SubflowInfo`. */
  depth?: number
  budget?: Budget
  heard?: Set<string>
}

/**
 * Runs a flow to its end. Every failure of the flow is an outcome, not an exception.
 *
 * A run moves from `running` to one of `succeeded`, `failed` and `cancelled`, and this function's `try` statement is
 * the only place that decides it: the last task's output gives `succeeded`, an error that no `catch` handles gives
 * `failed`, and `context.signal` gives `cancelled`. `Suspended` leaves the run unfinished: run it again with the same
 * journal, and it repeats no recorded effect.
 *
 * @param context.signal cancels the run
 * @throws Suspended if a port suspended the run.
 * @example
 * const outcome = await runFlow(flow, { id: 7 }, { runtime, ports, startedAt: Date.now() })
 * if (outcome.status === 'succeeded') console.log(outcome.output)
 */
export async function runFlow(flow: CompiledFlow, input: unknown, context: RunContext): Promise<FlowOutcome> {
  const cancel = new Cancel(context.signal)
  const run = newRun(flow, input, context, cancel)
  const frame: Frame = { run, branch: { context: input }, locals: {}, cancel, path: '', attempt: 1, depth: run.depth }
  const state: TaskState = {
    frame,
    task: flow.identity,
    path: '',
    rawInput: input,
    input,
    rawOutput: null,
    output: null,
    startedAt: run.startedAt,
    authorization: null,
    console: undefined,
    startedRun: undefined
  }
  try {
    cancel.check()
    await checkInput(flow, input, state)
    if (flow.inputFrom !== undefined)
      run.sizer.check((frame.branch.context = state.input = await flow.inputFrom(input, state)))
    const perform = (within: Frame): Promise<{ output: unknown }> => performList(flow.tasks, state.input, within)
    const { output } =
      flow.timeout === undefined
        ? await perform(frame)
        : await withTimeout(await evaluateDuration(flow.timeout, state), '#timeout', state, perform)
    state.rawOutput = state.output = output
    if (flow.outputAs !== undefined) run.sizer.check((state.output = await flow.outputAs(output, state)))
    await flow.outputSchema?.(state.output, 'The output of the flow', state)
    return { status: 'succeeded', output: state.output }
  } catch (thrown) {
    if (thrown instanceof Suspended) throw thrown
    const error = run.deadline.passed ? run.budget.overtime() : thrown
    if (error === thrown && (thrown instanceof Interrupted || cancel.aborted)) return { status: 'cancelled' }
    const { problem, origin, errors } = asFlowError(error).at('')
    return { status: 'failed', error: problem, origin, ...(errors === undefined ? {} : { errors }) }
  } finally {
    run.deadline.disarm()
    cancel.dispose()
  }
}

function newRun(flow: CompiledFlow, input: unknown, context: RunContext, cancel: Cancel): Run {
  const budget = context.budget ?? new Budget({ ...DEFAULT_FLOW_LIMITS, ...context.limits })
  const { metadata, version } = context.runtime
  return {
    id: metadata.runId,
    document: flow.document,
    input,
    workflow: undefined,
    runtime: { name: RUNTIME_NAME, version, metadata },
    ports: context.ports,
    journal: context.journal,
    budget,
    heard: context.heard ?? new Set(),
    job: { owner: context.owner ?? NOBODY },
    sizer: new ValueSizer(budget.limits),
    depth: context.depth ?? 0,
    startedAt: context.startedAt,
    deadline: new Deadline(cancel),
    onStep: context.onStep,
    onSecret: context.onSecret,
    maskSecrets: context.maskSecrets ?? ((json) => json),
    mock: context.mock,
    secrets: undefined
  }
}

/** Input that the flow's schema rejects is the caller's error, not the flow's. */
async function checkInput(flow: CompiledFlow, input: unknown, state: TaskState): Promise<void> {
  state.frame.run.sizer.check(input)
  try {
    await flow.inputSchema?.(input, 'The input of the flow', state)
  } catch (error) {
    throw error instanceof FlowError
      ? new FlowError(error.problem, 'input', { errors: error.errors, cause: error })
      : error
  }
}
