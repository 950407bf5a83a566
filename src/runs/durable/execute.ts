import {
  type EventWait,
  runFlow,
  Suspended,
  type FlowOutcome,
  type RunContext,
  withoutResponse
} from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Tracing } from '../../platform/tracing/tracing.ts'
import { engineProblem } from '../engine.ts'
import type { EventWaits } from '../event-waits.ts'
import { needsMending, type RunAlerts } from '../needs-mending.ts'
import type { CreatePorts } from '../ports.ts'
import type { RunTimes } from '../run-times.ts'
import { withSubflows, type SubflowDeps } from '../subflow.ts'
import { type TracedRun, traceRun } from '../trace-steps.ts'
import type { HeldRun } from './held-run.ts'
import { RUN_TIME_MS } from './settings.ts'
import { createSuspender } from './suspend.ts'
import type { RunFinisher } from './finish.ts'

export interface ExecuteDeps extends SubflowDeps {
  clock: Clock
  version: string
  createPorts: CreatePorts
  eventWaits: EventWaits
  registerWait(run: { runId: string; epoch: number }, key: string, wait: EventWait): Promise<void>
  finisher: RunFinisher
  suspendMs?: number
  alerts?: RunAlerts
  tracing?: Tracing | undefined
  runTimes?: Pick<RunTimes, 'ended' | 'step'> | undefined
}

/** How a run left this process. `lost`: another process holds it now, or it was cancelled; nothing was written. */
export type Ending = 'ended' | 'suspended' | 'lost'

/**
 * Runs a held run until it ends or is suspended.
 * @throws the database error, where the database stayed unavailable for longer than `DATABASE_RETRY_MS`
 */
export async function performRun(deps: ExecuteDeps, held: HeldRun): Promise<FlowOutcome | Suspended> {
  const { runId, caller } = held.claim
  const traced = deps.tracing && traceRun(deps.tracing, { runId, traceparent: caller.trace, at: deps.clock.now() })
  let how = 'interrupted'
  try {
    const outcome = await outcomeOf(deps, held, traced)
    how = outcome.status
    return outcome
  } catch (error) {
    if (!(error instanceof Suspended)) throw error
    how = 'suspended'
    return error
  } finally {
    traced?.end(deps.clock.now(), how)
  }
}

/** Writes the end or the suspension of a run, unless the run was lost. */
export async function settleRun(deps: ExecuteDeps, held: HeldRun, outcome: FlowOutcome | Suspended): Promise<Ending> {
  const { runId, epoch } = held.claim
  if (held.isLost()) return 'lost'
  if (outcome instanceof Suspended)
    return (await deps.finisher.suspend({ runId, epoch, wakeAt: outcome.until, steps: held.takeSteps() }))
      ? 'suspended'
      : 'lost'
  const ending = endingOf(held, outcome)
  const finishedAt = deps.clock.now()
  if (!(await deps.finisher.end({ ...ending, finishedAt }))) return 'lost'
  const { caller, startedAt } = held.claim
  deps.runTimes?.ended({ mode: 'async', status: outcome.status, caller, startedAt, finishedAt })
  if (needsMending(outcome) && ending.error !== null)
    deps.alerts?.runFailed({
      ...held.claim,
      scheduled: held.claim.caller.kind === 'schedule',
      error: JSON.parse(ending.error)
    })
  return 'ended'
}

async function outcomeOf(deps: ExecuteDeps, held: HeldRun, traced: TracedRun | undefined): Promise<FlowOutcome> {
  const { claim } = held
  const { withRetry } = held.hold
  const subflows: SubflowDeps = {
    findFlow: (workspaceId, name) => withRetry(() => deps.findFlow(workspaceId, name)),
    readFlow: (flowId, version) => withRetry(() => deps.readFlow(flowId, version))
  }
  const flow = await subflows.readFlow(claim.flowId, claim.flowVersion)
  if (!flow)
    return {
      status: 'failed',
      error: engineProblem('Flow deleted', 'The flow was deleted before the run could end.'),
      origin: 'engine'
    }
  const context: Omit<RunContext, 'ports'> = {
    runtime: {
      version: deps.version,
      metadata: { runId: claim.runId, requestId: claim.requestId, caller: claim.caller }
    },
    journal: held.journal,
    onStep: traced ? (step) => (traced.onStep(step), held.onStep(step)) : held.onStep,
    onSecret: held.onSecret,
    maskSecrets: held.maskSecrets,
    signal: held.signal,
    limits: { runTimeMs: RUN_TIME_MS },
    owner: { key: claim.workspaceId },
    startedAt: claim.startedAt
  }
  const suspender = createSuspender({
    clock: deps.clock,
    once: held.once,
    events: {
      find: (wait) => withRetry(() => deps.eventWaits.find(claim.workspaceId, wait)),
      wakeBy: async (wait, key) => {
        if (!held.isDurable()) return false
        await withRetry(() => deps.registerWait(claim, key, wait))
        return true
      }
    },
    ...(deps.suspendMs === undefined ? {} : { suspendMs: deps.suspendMs })
  })
  return runFlow(flow, claim.input, {
    ...context,
    ports: withSubflows(
      subflows,
      claim.workspaceId,
      { ...deps.createPorts(claim.workspaceId, claim.caller, held.hold), ...suspender },
      context
    )
  })
}

function endingOf(held: HeldRun, outcome: FlowOutcome): Omit<Parameters<RunFinisher['end']>[0], 'finishedAt'> {
  const { runId, epoch, limited, input } = held.claim
  const raw = JSON.stringify(input ?? null)
  const masked = held.mask(input)
  return {
    runId,
    epoch,
    limited,
    status: outcome.status,
    output: outcome.status === 'succeeded' ? held.mask(outcome.output) : null,
    error: outcome.status === 'failed' ? held.mask(withoutResponse(outcome.error)) : null,
    input: masked === raw ? null : masked,
    steps: held.takeSteps()
  }
}
