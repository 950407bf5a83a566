import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Action, Prisma } from '../platform/db/client.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { createPartFinder } from '../workspaces/owned-resource.ts'

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

export const { find: findAction, lock: lockAction } = createPartFinder<
  Pick<Prisma.TransactionClient, 'action'>,
  Action
>({
  prefix: 'act',
  name: 'action',
  load: (client, id) => client.action.findUnique({ where: { id } })
})

/** The columns that hold the settings, each origin and listener once. @throws Fault `validation_failed` that points at each listener of another workspace, as for none */
export async function columnsOf(
  tx: Prisma.TransactionClient,
  workspaceId: string,
  { name, origins, listeners }: ActionSettings
): Promise<{ name: string; origins: string[]; listenerIds: string[] }> {
  const found = await tx.listener.findMany({ where: { workspaceId, id: { in: [...listeners] } }, select: { id: true } })
  const known = new Set(found.map(({ id }) => id))
  const errors = listeners.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/listeners/${index}`, message: 'is not a listener of this workspace' }]
  )
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
  return { name, origins: [...new Set(origins)], listenerIds: [...new Set(listeners)] }
}
