import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Run } from '../platform/db/client.ts'
import { editableRun } from './editable-run.ts'
import type { Runs } from './engine.ts'
import { mayRead, type ReadRunDeps, type RunReader } from './read.ts'

export interface CancelDeps extends ReadRunDeps {
  engine: Pick<Runs, 'cancel'>
  audit: Audit
}

/**
 * Ends a live run for an account that may change it. Nothing happens where the run is cancelled already.
 * @throws Fault `not_found`, `insufficient_scope`, `conflict` for a run that has ended
 */
export async function cancelRun(deps: CancelDeps, account: AccountRecord, runId: string, actor: Actor): Promise<void> {
  const run = await editableRun(deps, account, runId)
  if (run.status === 'cancelled') return
  await endLive(deps, run, actor)
}

/**
 * Ends a live run for anybody who may read it, such as its caller.
 * @throws Fault `not_found`, `conflict` for a run that has ended or is cancelled
 */
export async function cancelRunForReader(
  deps: CancelDeps,
  reader: RunReader,
  runId: string,
  actor: Actor
): Promise<void> {
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
  { engine, audit, database }: CancelDeps,
  { id, workspaceId }: Pick<Run, 'id' | 'workspaceId'>,
  actor: Actor
): Promise<void> {
  if (!(await engine.cancel(id))) throw new Fault('conflict', { why: 'run_ended', detail: 'The run has ended.' })
  await audit.record(database.prisma, { action: 'run.cancelled', actor, target: id, workspaceId })
}
