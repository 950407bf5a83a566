import type { AccountRecord, MemberRole } from '../accounts/lookup.ts'
import type { Audit } from '../audit/record.ts'
import type { Changes } from '../db/changes.ts'
import type { Action, Prisma } from '../db/client.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { requireRole } from '../workspaces/access.ts'

export interface ActionDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

export interface ActionSettings {
  name: string
  origins: readonly string[]
  listeners: readonly string[]
}

/** @throws Fault `not_found` for an action of a workspace that the account is not in, as for none; `insufficient_scope` */
export async function findAction(client: Pick<Prisma.TransactionClient, 'action'>, account: AccountRecord, actionId: string, atLeast: MemberRole): Promise<Action> {
  const action = isId('act', actionId) ? await client.action.findUnique({ where: { id: actionId } }) : null
  if (!action) throw new Fault('not_found', { why: 'no_such_action' })
  requireRole(account, action.workspaceId, atLeast)
  return action
}

/** As {@link findAction}, and nobody else changes it until the commit. */
export async function lockAction(tx: Prisma.TransactionClient, account: AccountRecord, actionId: string): Promise<Action> {
  await findAction(tx, account, actionId, 'editor')
  await tx.$queryRaw`select 1 from action where id = ${actionId} for update`
  return findAction(tx, account, actionId, 'editor')
}

/** The columns that hold the settings, each origin and listener once. @throws Fault `validation_failed` that points at each listener of another workspace, as for none */
export async function columnsOf(tx: Prisma.TransactionClient, workspaceId: string, { name, origins, listeners }: ActionSettings): Promise<{ name: string, origins: string[], listenerIds: string[] }> {
  const found = await tx.listener.findMany({ where: { workspaceId, id: { in: [...listeners] } }, select: { id: true } })
  const known = new Set(found.map(({ id }) => id))
  const errors = listeners.flatMap((id, index) => (known.has(id) ? [] : [{ pointer: `/listeners/${index}`, message: 'is not a listener of this workspace' }]))
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
  return { name, origins: [...new Set(origins)], listenerIds: [...new Set(listeners)] }
}
