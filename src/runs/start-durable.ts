import { type FlowOutcome, mayWait, problemType, type StepRecord, Suspended } from '../dsl/index.ts'
import type { PublishedFlow } from '../flows/published-flows.ts'
import { Fault } from '../lib/fault.ts'
import { newTimedId } from '../lib/ids.ts'
import { engineProblem, type NewRun, type Runs } from './engine.ts'
import type { LiveRunLimit } from './live-run-limit.ts'
import { maskOutcome } from './mask.ts'
import { needsMending } from './needs-mending.ts'
import { recordOf } from './record-policy.ts'
import type { RunStatus } from './run.ts'
import type { RunResult, StartDeps, SyncRun } from './start-inline.ts'

export interface StartDurableDeps extends StartDeps {
  engine: Runs
  liveRuns: LiveRunLimit
}

/** A flow to run for a listener's call, in the request or later. */
export interface ListenerRun extends SyncRun {
  /** Queued runs with a higher priority start first. */
  priority: number
  /** Whether a run that reaches its timeout continues as a durable one. */
  continues: boolean
}

/**
 * Queues the published version of a flow. Resolves when the run is durable.
 * @throws Fault `rate_limited`, `unavailable`, `not_found`
 */
export async function startAsync(deps: StartDurableDeps, run: ListenerRun): Promise<{ runId: string }> {
  const queued = newRun(deps, run, await publishedFlow(deps, run.flowId))
  await deps.liveRuns.take(queued.workspaceId, queued.listenerId)
  await deps.engine.enqueue(queued)
  if (run.tokenId) deps.recorder.used(run.tokenId, queued.acceptedAt)
  return { runId: queued.id }
}

/**
 * Whether a run must be able to outlive its request: it may continue after its timeout, or its flow, or a sub-flow of
 * it, may wait for long.
 */
export function mayOutlive(deps: StartDeps, run: ListenerRun): boolean | Promise<boolean> {
  if (run.continues) return true
  const waits = (flow: PublishedFlow | undefined): boolean => flow !== undefined && mayWait(flow.compiled)
  const found = deps.flows.get(run.flowId)
  return found instanceof Promise ? found.then(waits) : waits(found)
}

/**
 * Runs a flow inside its request, and makes the run durable if it waits for long, or if it reaches its timeout and may
 * continue.
 * @returns how it ended, or `durable`: it continues without the request
 * @throws Fault `rate_limited`, `unavailable`, `not_found`
 */
export async function startOutliving(
  deps: StartDurableDeps,
  run: ListenerRun
): Promise<RunResult | { runId: string; outcome: 'durable' }> {
  const flow = await publishedFlow(deps, run.flowId)
  const accepted = newRun(deps, run, flow)
  await deps.liveRuns.take(accepted.workspaceId, accepted.listenerId)
  const steps: StepRecord[] = []
  const secrets = new Set<string>()
  const { outcome, makeDurable, abort, close } = deps.engine.beginInline(accepted, {
    onStep: (step) => steps.push(step),
    onSecret: (secret) => secrets.add(secret)
  })
  const { promise: late, resolve: ring } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => ring('late'), run.timeoutMs)
  const first = await Promise.race([outcome, late]).finally(() => clearTimeout(timer))

  function end(outcome: FlowOutcome): RunResult {
    const ended = maskOutcome(outcome, secrets)
    close()
    const { acceptedAt, priority: _, ...about } = accepted
    const times = { startedAt: acceptedAt, finishedAt: deps.clock.now() }
    deps.runTimes.ended({ mode: 'sync', status: ended.status, caller: run.caller, ...times })
    const record = recordOf(
      {
        ...about,
        listenerId: run.listenerId,
        mode: 'sync',
        status: ended.status satisfies RunStatus,
        output: ended.status === 'succeeded' ? ended.output : null,
        error: ended.status === 'failed' ? ended.error : undefined,
        ...times,
        steps,
        secrets
      },
      run.keep
    )
    if (record) deps.recorder.add(record)
    if (needsMending(ended))
      deps.alerts.runFailed({
        ...run,
        workspaceId: flow.workspaceId,
        runId: accepted.id,
        scheduled: false,
        error: ended.error
      })
    return { runId: accepted.id, outcome: ended }
  }

  if (run.tokenId) deps.recorder.used(run.tokenId, accepted.acceptedAt)
  if (first instanceof Suspended || (first === 'late' && run.continues)) {
    try {
      await makeDurable()
    } catch (error) {
      // Nobody could follow the run or find its results: it ends here, and its caller gets the error.
      abort()
      end({
        status: 'failed',
        error: engineProblem('Not made durable', 'The run should continue after its answer, but could not be written.'),
        origin: 'engine'
      })
      throw error
    }
    return { runId: accepted.id, outcome: 'durable' }
  }
  if (first === 'late') abort()
  return end(first === 'late' ? overtime(run.timeoutMs) : first)
}

function overtime(timeoutMs: number): FlowOutcome {
  const error = {
    type: problemType('timeout'),
    status: 408,
    title: 'Timeout',
    detail: `The run took longer than the ${timeoutMs / 1000} s of its listener.`
  }
  return { status: 'failed', error, origin: 'timeout' }
}

async function publishedFlow(deps: StartDeps, flowId: string): Promise<PublishedFlow> {
  const flow = await deps.flows.get(flowId)
  if (!flow) throw new Fault('not_found', { why: 'flow_deleted' })
  return flow
}

function newRun(deps: StartDeps, run: ListenerRun, flow: PublishedFlow): NewRun {
  return {
    id: run.runId ?? newTimedId('run'),
    workspaceId: flow.workspaceId,
    listenerId: run.listenerId,
    flowId: flow.flowId,
    flowVersion: flow.version,
    accountId: run.accountId,
    tokenId: run.tokenId,
    requestId: run.requestId,
    caller: run.caller,
    input: run.input,
    priority: run.priority,
    acceptedAt: deps.clock.now()
  }
}
