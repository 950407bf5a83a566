import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault, type FaultCode } from '../lib/fault.ts'
import { newTimedId } from '../lib/ids.ts'
import { type Database, isUnavailable } from '../platform/db/client.ts'
import { editableRun } from './editable-run.ts'
import type { Caller } from './run.ts'
import type { StartDurableDeps } from './start-durable.ts'
import { isRecordedInPart } from './step-json.ts'

export interface ReplayDeps extends StartDurableDeps {
  database: Database
  audit: Audit
}

/**
 * Queues a new run of the flow's published version on the recorded input. A secret that was masked in the input stays
 * masked.
 * @throws Fault `not_found`, `insufficient_scope`, `rate_limited`, `unavailable`, `conflict` for an input that is
 * recorded only in part
 */
export async function replayRun(
  deps: ReplayDeps,
  account: AccountRecord,
  runId: string,
  actor: Actor
): Promise<{ runId: string }> {
  const run = await editableRun(deps, account, runId)
  if (run.mode === 'sync' && isRecordedInPart(run.input))
    throw new Fault('conflict', {
      why: 'input_recorded_in_part',
      detail: 'The input of this run is too large to be recorded whole: call the listener again instead.'
    })
  const flow = await deps.flows.get(run.flowId)
  if (!flow) throw new Fault('not_found', { why: 'flow_deleted', detail: 'The flow of this run was deleted.' })
  await deps.liveRuns.take(flow.workspaceId, run.listenerId)
  const id = newTimedId('run')
  await deps.engine.enqueue({
    id,
    workspaceId: flow.workspaceId,
    listenerId: run.listenerId,
    flowId: flow.flowId,
    flowVersion: flow.version,
    accountId: account.id,
    tokenId: null,
    requestId: run.requestId,
    caller: run.caller as unknown as Caller,
    input: run.input,
    priority: 0,
    acceptedAt: deps.clock.now(),
    replayOf: runId
  })
  await deps.database.prisma.$transaction(async (tx) => {
    await tx.deadLetter.deleteMany({ where: { id: runId } })
    await deps.audit.record(tx, {
      action: 'run.replayed',
      actor,
      target: runId,
      workspaceId: flow.workspaceId,
      details: { runId: id }
    })
  })
  return { runId: id }
}

/** The result for one of several runs to replay. */
export type Replayed = { id: string; runId: string } | { id: string; error: { status: number; code: FaultCode } }

/** Replays runs one after the other. One that cannot be replayed does not stop the others. */
export async function replayRuns(
  deps: ReplayDeps,
  account: AccountRecord,
  runIds: readonly string[],
  actor: Actor
): Promise<Replayed[]> {
  const replayed: Replayed[] = []
  for (const id of runIds) {
    try {
      replayed.push({ id, ...(await replayRun(deps, account, id, actor)) })
    } catch (error) {
      // The runs before it are queued already, and the caller must learn their ids.
      const fault = isUnavailable(error) ? new Fault('unavailable') : error
      if (!(fault instanceof Fault)) throw error
      replayed.push({ id, error: { status: fault.status, code: fault.code } })
    }
  }
  return replayed
}
