import { flowError } from '../dsl/index.ts'
import { HOPS_MAX } from '../events/hops.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { derivedId } from '../lib/ids.ts'
import type { Runs } from './engine.ts'
import type { LiveRunLimit } from './live-run-limit.ts'
import type { Caller } from './run.ts'
import type { FlowName, SubflowDeps } from './subflow.ts'

export interface StartOtherDeps {
  engine: Pick<Runs, 'enqueue'>
  liveRuns: LiveRunLimit
  findFlow: SubflowDeps['findFlow']
  clock: Clock
}

/** A flow that another flow starts without waiting for it. */
export interface OtherRun {
  workspaceId: string
  flow: FlowName
  input: unknown
  /** The caller of the starting run. */
  caller: Caller
  /** Identifies the effect of the starting run, so that a repeated effect does not start a second run. */
  effectKey: string
}

/**
 * Starts a flow of the same workspace as a durable run, for the caller of the run that starts it.
 * @returns the id of the run, once it is durably queued
 * @throws FlowError `configuration` if there is no such flow; `runtime` if the chain of flows is too long, or the
 * workspace has no room for another live run
 */
export async function startOther(deps: StartOtherDeps, other: OtherRun): Promise<string> {
  const { workspaceId, flow, caller } = other
  const hops = (caller.hops ?? 0) + 1
  if (hops > HOPS_MAX)
    throw flowError('runtime', `More than ${HOPS_MAX} flows would start each other without waiting (limit "hops").`)
  const found = await deps.findFlow(workspaceId, flow)
  if (!found)
    throw flowError('configuration', `There is no flow "${flow.namespace}/${flow.name}" in version "${flow.version}".`)
  const id = derivedId('run', other.effectKey)
  try {
    await deps.liveRuns.take(workspaceId, null)
  } catch (error) {
    if (error instanceof Fault && error.code === 'rate_limited')
      throw flowError('runtime', error.detail ?? error.message, { cause: error })
    throw error
  }
  await deps.engine.enqueue({
    id,
    workspaceId,
    listenerId: null,
    flowId: found.flowId,
    flowVersion: found.version,
    accountId: null,
    tokenId: null,
    requestId: id,
    caller: { ...caller, hops },
    input: other.input,
    priority: 0,
    acceptedAt: deps.clock.now()
  })
  return id
}
