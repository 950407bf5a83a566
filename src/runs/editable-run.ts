import type { AccountRecord } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Run } from '../platform/db/client.ts'
import { requireRole } from '../workspaces/access.ts'
import type { ReadRunDeps } from './read.ts'

/**
 * The run, for an account that may change it.
 * @throws Fault `not_found`, `insufficient_scope`
 */
export async function editableRun(
  deps: Pick<ReadRunDeps, 'database' | 'recorder'>,
  account: AccountRecord,
  runId: string
): Promise<Run> {
  if (!isId('run', runId)) throw new Fault('not_found')
  await deps.recorder.flush()
  const run = await deps.database.prisma.run.findUnique({ where: { id: runId } })
  if (!run) throw new Fault('not_found')
  requireRole(account, run.workspaceId, 'editor')
  return run
}
