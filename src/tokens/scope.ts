import type { Prisma } from '../platform/db/client.ts'
import { Fault, type FieldFault } from '../lib/fault.ts'
import type { TokenScope } from './token.ts'

/**
 * Checks that the account can see everything in the scope.
 * @throws Fault `validation_failed` that points at each id that does not exist or that the account cannot see; the
 *   message does not tell the two apart
 */
export async function checkScope(
  tx: Prisma.TransactionClient,
  accountId: string,
  scope: TokenScope | null | undefined
): Promise<void> {
  const workspaces = scope?.workspaces ?? []
  const listeners = scope?.listeners ?? []
  if (workspaces.length + listeners.length === 0) return
  const member = { members: { some: { accountId } } }
  const [visibleWorkspaces, visibleListeners] = [
    await tx.workspace.findMany({ where: { id: { in: workspaces }, ...member }, select: { id: true } }),
    await tx.listener.findMany({ where: { id: { in: listeners }, workspace: member }, select: { id: true } })
  ]
  const errors = [
    ...missing('/scope/workspaces', workspaces, visibleWorkspaces, 'workspace'),
    ...missing('/scope/listeners', listeners, visibleListeners, 'listener')
  ]
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
}

function missing(
  pointer: string,
  ids: readonly string[],
  visible: readonly { id: string }[],
  what: string
): FieldFault[] {
  const known = new Set(visible.map(({ id }) => id))
  return ids.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `${pointer}/${index}`, message: `is not a ${what} that you can see` }]
  )
}
