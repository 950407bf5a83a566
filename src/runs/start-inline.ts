import type { RecordCache } from '../platform/db/record-cache.ts'
import { runFlow, type FlowOutcome, type FlowPorts, type StepRecord } from '../dsl/index.ts'
import type { PublishedFlow } from '../flows/published-flows.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Span } from '../platform/tracing/tracing.ts'
import { createGrowingMask, maskOutcome } from './mask.ts'
import { needsMending, type RunAlerts } from './needs-mending.ts'
import type { CreatePorts } from './ports.ts'
import { recordOf, type RecordPolicy } from './record-policy.ts'
import type { Recorder } from './recorder.ts'
import { newRequestRunId } from './run-id.ts'
import type { RunTimes } from './run-times.ts'
import { withSubflows, type SubflowDeps } from './subflow.ts'
import type { Caller, RunStatus } from './run.ts'
import { traceSteps } from './trace-steps.ts'

/** A flow to run inside the request of a listener's call. */
export interface SyncRun {
  /** Default: a new id. */
  runId?: string
  flowId: string
  listenerId: string
  caller: Caller
  accountId: string | null
  tokenId: string | null
  requestId: string
  input: unknown
  timeoutMs: number
  keep: RecordPolicy
  /** The span of the call, if its trace is recorded. */
  span?: Span
  /** Receives each event that the run emits, as JSON with secrets masked. The `emit` waits for it. */
  onEvent?(type: string, json: string): Promise<void>
  /** Cancels the run. */
  signal?: AbortSignal
}

export interface RunResult {
  runId: string
  outcome: FlowOutcome
}

export interface StartDeps {
  flows: RecordCache<PublishedFlow>
  recorder: Recorder
  clock: Clock
  /** Creates the ports through which flows of a workspace act. */
  createPorts: CreatePorts
  subflows: SubflowDeps
  version: string
  /** Receives the runs that failed. */
  alerts: Pick<RunAlerts, 'runFailed'>
  runTimes: Pick<RunTimes, 'ended' | 'step'>
}

/**
 * Runs the published version of a flow inside the request that asked for it. Its record is written after the answer.
 * @throws Fault `unavailable`, `not_found`
 */
export async function startSync(deps: StartDeps, run: SyncRun): Promise<RunResult> {
  const found = deps.flows.get(run.flowId)
  const flow = found instanceof Promise ? await found : found
  if (!flow) throw new Fault('not_found', { why: 'flow_deleted' })

  const startedAt = deps.clock.now()
  const runId = run.runId ?? newRequestRunId(startedAt, run.keep.days)
  const steps: StepRecord[] = []
  const secrets = new Set<string>()
  const context = {
    runtime: { version: deps.version, metadata: { runId, requestId: run.requestId, caller: run.caller } },
    onStep: (step: StepRecord) => {
      steps.push(step)
      deps.runTimes.step(step)
    },
    onSecret: (secret: string) => {
      secrets.add(secret)
    },
    maskSecrets: createGrowingMask(secrets),
    limits: { runTimeMs: run.timeoutMs },
    owner: { key: flow.workspaceId },
    startedAt,
    ...(run.signal === undefined ? {} : { signal: run.signal })
  }
  const ports = withSubflows(
    deps.subflows,
    flow.workspaceId,
    followed(deps.createPorts(flow.workspaceId, run.caller), run.onEvent, context.maskSecrets),
    context
  )
  const outcome = maskOutcome(await runFlow(flow.compiled, run.input, { ...context, ports }), secrets)

  const finishedAt = deps.clock.now()
  const record = recordOf(
    {
      id: runId,
      workspaceId: flow.workspaceId,
      listenerId: run.listenerId,
      flowId: flow.flowId,
      flowVersion: flow.version,
      mode: 'sync',
      status: outcome.status satisfies RunStatus,
      accountId: run.accountId,
      tokenId: run.tokenId,
      requestId: run.requestId,
      caller: run.caller,
      input: run.input,
      output: outcome.status === 'succeeded' ? outcome.output : null,
      error: outcome.status === 'failed' ? outcome.error : undefined,
      startedAt,
      finishedAt,
      steps,
      secrets
    },
    run.keep
  )
  if (record) deps.recorder.add(record)
  deps.runTimes.ended({ mode: 'sync', status: outcome.status, caller: run.caller, startedAt, finishedAt })
  if (run.span) traceSteps(run.span, steps)
  if (needsMending(outcome))
    deps.alerts.runFailed({ ...run, workspaceId: flow.workspaceId, runId, scheduled: false, error: outcome.error })
  if (run.tokenId) deps.recorder.used(run.tokenId, finishedAt)
  return { runId, outcome }
}

/** The ports, which report each event to `onEvent` once it is in the outbox. */
function followed(ports: FlowPorts, onEvent: SyncRun['onEvent'], mask: (json: string) => string): FlowPorts {
  if (!onEvent) return ports
  return {
    ...ports,
    async emit(event, at) {
      await ports.emit(event, at)
      await onEvent(event.type, mask(JSON.stringify(event)))
    }
  }
}
