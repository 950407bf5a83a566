import { ADVISORY_LOCK_CLASSES } from '../lib/advisory-locks.ts'
import { Fault } from '../lib/fault.ts'
import type { Announce } from '../platform/db/changes.ts'
import { isUniqueViolation, type Listener, type Prisma } from '../platform/db/client.ts'
import { shapeOf } from './call-path.ts'
import { claimedMethods } from './listener.ts'

/**
 * Claims the path of a listener for its methods, and gives up what the listener claimed before. The primary key decides
 * between listeners that claim the same path at the same time.
 * @param listener the row that this transaction has written
 * @throws Fault `conflict` if another listener of the workspace has the path with one of the methods
 */
export async function claimPath(
  tx: Prisma.TransactionClient,
  announce: Announce,
  listener: Pick<Listener, 'id' | 'workspaceId' | 'path' | 'methods'>
): Promise<void> {
  const { id: listenerId, workspaceId, path, methods } = listener
  // Without this lock, two listeners that exchange their paths would deadlock.
  if (path !== null)
    await tx.$executeRaw`
      select pg_advisory_xact_lock(${ADVISORY_LOCK_CLASSES.callPaths}::int, hashtext(${workspaceId}))`
  const { count: released } = await tx.listenerRoute.deleteMany({ where: { listenerId } })
  if (path !== null) {
    const shape = shapeOf(path)
    await tx.listenerRoute
      .createMany({ data: claimedMethods(methods).map((method) => ({ workspaceId, method, shape, listenerId })) })
      .catch(refuseTakenPath)
  }
  if (path !== null || released > 0) announce('call_path', workspaceId)
}

/** @throws Fault `conflict` */
function refuseTakenPath(error: unknown): never {
  if (isUniqueViolation(error))
    throw new Fault('conflict', {
      why: 'path_taken',
      detail: 'Another listener of the workspace has this path with one of these methods.'
    })
  throw error
}
