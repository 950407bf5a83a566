import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { afterCursor, pageOf, type Page, type PageRequest } from '../platform/db/page.ts'
import { type Database, isUnavailable, type Run } from '../platform/db/client.ts'
import { Fault, type FaultCode } from '../lib/fault.ts'
import { isId, newTimedId } from '../lib/ids.ts'
import { type Membership, requireRole } from '../workspaces/access.ts'
import { errorSummary, mayRead, type RunReader, type RunSummary } from './read.ts'
import type { Caller } from './run.ts'
import { isRecordedInPart } from './step-json.ts'
import type { StartDurableDeps } from './start-durable.ts'

export interface ControlDeps extends StartDurableDeps {
  database: Database
  audit: Audit
}

/**
 * Ends a live run, in whichever process it is.
 * @throws Fault `not_found`, `insufficient_scope`, `conflict` for a run that has ended
 */
export async function cancelRun(deps: ControlDeps, account: AccountRecord, runId: string, actor: Actor): Promise<void> {
  const run = await editableRun(deps, account, runId)
  if (run.status === 'cancelled') return
  await endLive(deps, run, actor)
}

/**
 * Ends a live run for whoever started it, or may read it.
 * @throws Fault `not_found`, `conflict` for a run that has ended
 */
export async function stopRun(deps: ControlDeps, reader: RunReader, runId: string, actor: Actor): Promise<void> {
  await deps.recorder.flush()
  if (!isId('run', runId) || !(await mayRead(deps, reader, runId))) throw new Fault('not_found')
  const run = await deps.database.prisma.run.findUnique({
    where: { id: runId },
    select: { id: true, workspaceId: true }
  })
  if (!run) throw new Fault('not_found')
  await endLive(deps, run, actor)
}

async function endLive(
  { engine, audit, database }: ControlDeps,
  { id, workspaceId }: Pick<Run, 'id' | 'workspaceId'>,
  actor: Actor
): Promise<void> {
  if (!(await engine.cancel(id))) throw new Fault('conflict', { why: 'run_ended', detail: 'The run has ended.' })
  await audit.record(database.prisma, { action: 'run.cancelled', actor, target: id, workspaceId })
}

/**
 * Queues a new run of the flow's published version on the recorded input. A secret that was masked in it stays masked.
 * @throws Fault `not_found`, `insufficient_scope`, `conflict` for an input of which only a part is recorded
 */
export async function replayRun(
  deps: ControlDeps,
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

/** What became of one run of several to replay. */
export type Replayed = { id: string; runId: string } | { id: string; error: { status: number; code: FaultCode } }

/** Replays runs one after the other. One that cannot be replayed does not stop the others. */
export async function replayRuns(
  deps: ControlDeps,
  account: AccountRecord,
  runIds: readonly string[],
  actor: Actor
): Promise<Replayed[]> {
  const replayed: Replayed[] = []
  for (const id of runIds) {
    try {
      replayed.push({ id, ...(await replayRun(deps, account, id, actor)) })
    } catch (error) {
      // Those before it are queued already: the caller must learn their ids.
      const fault = isUnavailable(error) ? new Fault('unavailable') : error
      if (!(fault instanceof Fault)) throw error
      replayed.push({ id, error: { status: fault.status, code: fault.code } })
    }
  }
  return replayed
}

export interface PublicDeadLetter extends Pick<RunSummary, 'flowId' | 'listenerId' | 'error'> {
  runId: string
  /** Null where the flow was deleted. */
  flowName: string | null
  /** Null where there is no listener, or it was deleted. */
  listenerName: string | null
  /** How often the run was started. */
  attempts: number
  at: string
}

/**
 * Runs of a workspace that failed because processes kept dying with them, newest first. Replaying a run removes it from
 * the list.
 * @throws Fault `not_found`
 */
export async function listDeadLetters(
  deps: ControlDeps,
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicDeadLetter>> {
  const { workspaceId } = membership
  const rows = await deps.database.prisma.deadLetter.findMany({
    where: { AND: [{ workspaceId }, afterCursor('at', page.cursor)] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  const describe = await describeRuns(
    deps.database,
    rows.map(({ id }) => id)
  )
  return pageOf(rows, page.limit, 'at', ({ id, attempts, at }) => ({
    runId: id,
    attempts,
    at: at.toISOString(),
    ...describe(id)
  }))
}

/** Which flow and listener the runs belong to, and how they failed. */
async function describeRuns(
  { prisma }: Database,
  ids: string[]
): Promise<(id: string) => Omit<PublicDeadLetter, 'runId' | 'attempts' | 'at'>> {
  const runs = await prisma.run.findMany({
    where: { id: { in: ids } },
    select: { id: true, flowId: true, listenerId: true, error: true }
  })
  const select = { id: true, name: true } as const
  const [flows, listeners] = await Promise.all([
    prisma.flow.findMany({ where: { id: { in: runs.map(({ flowId }) => flowId) } }, select }),
    prisma.listener.findMany({ where: { id: { in: runs.flatMap(({ listenerId }) => listenerId ?? []) } }, select })
  ])
  const nameOf = (named: { id: string; name: string }[], id: string | null): string | null =>
    named.find((one) => one.id === id)?.name ?? null
  return (id) => {
    const run = runs.find((one) => one.id === id)
    const { flowId = '', listenerId = null, error = null } = run ?? {}
    return {
      flowId,
      flowName: nameOf(flows, flowId),
      listenerId,
      listenerName: nameOf(listeners, listenerId),
      error: errorSummary(error)
    }
  }
}

async function editableRun(deps: ControlDeps, account: AccountRecord, runId: string): Promise<Run> {
  if (!isId('run', runId)) throw new Fault('not_found')
  await deps.recorder.flush()
  const run = await deps.database.prisma.run.findUnique({ where: { id: runId } })
  if (!run) throw new Fault('not_found')
  requireRole(account, run.workspaceId, 'editor')
  return run
}
