import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Action, Database, Prisma } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import type { Membership } from '../workspaces/access.ts'
import { createResourceFinder, listResources } from '../workspaces/owned-resource.ts'
import { lockWorkspace, requireQuota } from '../workspaces/quotas.ts'
import { announceAction } from './action-cache.ts'

export interface ActionDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

interface ActionSettings {
  name: string
  origins: readonly string[]
  listeners: readonly string[]
}

export const { find: findAction, lock: lockAction } = createResourceFinder<
  Pick<Prisma.TransactionClient, 'action'>,
  Action
>({
  prefix: 'act',
  name: 'action',
  load: (client, id) => client.action.findUnique({ where: { id } })
})

/**
 * Returns the columns that hold the settings, each origin and listener once.
 * @throws Fault `validation_failed` that points at each listener that the workspace does not have
 */
async function columnsOf(
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

export const ACTIONS_MAX = 200

/**
 * Creates an action.
 * @throws Fault `not_found`, `validation_failed` if a listener is not in the workspace, `conflict` if the workspace has
 *   {@link ACTIONS_MAX} actions
 * @example
 * const { actionPackageId } = await createAction(
 *   deps,
 *   requireRole(account, workspaceId, 'editor'),
 *   { name: 'Print labels', origins: ['https://labels.example.com'], listeners: [listenerId] },
 *   actor
 * )
 */
export async function createAction(
  deps: ActionDeps,
  membership: Membership<'editor'>,
  settings: ActionSettings,
  actor: Actor
): Promise<PublicAction> {
  const { workspaceId } = membership
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    requireQuota(await tx.action.count({ where: { workspaceId } }), ACTIONS_MAX, 'actions in a workspace')
    const createdAt = new Date(deps.clock.now())
    const action = await tx.action.create({
      data: {
        id: newId('act'),
        workspaceId,
        ...(await columnsOf(tx, workspaceId, settings)),
        createdAt,
        updatedAt: createdAt
      }
    })
    announceAction(announce, action)
    await deps.audit.record(tx, {
      action: 'action.created',
      actor,
      target: action.id,
      workspaceId,
      details: { name: action.name, origins: action.origins, listeners: action.listenerIds }
    })
    return publicAction(action)
  })
}

/**
 * Deletes an action. The integration tokens of its users end at once.
 * @throws Fault `not_found`, `insufficient_scope`
 */
export async function deleteAction(
  deps: Omit<ActionDeps, 'clock'>,
  account: AccountRecord,
  actionId: string,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const action = await lockAction(tx, account, actionId, 'editor')
    await tx.action.delete({ where: { id: actionId } })
    announceAction(announce, action)
    await deps.audit.record(tx, {
      action: 'action.deleted',
      actor,
      target: actionId,
      workspaceId: action.workspaceId,
      details: { name: action.name }
    })
  })
}

/**
 * Changes an action. Omitted settings stay as they are. The change also applies to integration tokens already issued.
 * @throws Fault `not_found`, `insufficient_scope`, `validation_failed`
 */
export async function updateAction(
  deps: ActionDeps,
  account: AccountRecord,
  actionId: string,
  change: Partial<ActionSettings>,
  actor: Actor
): Promise<PublicAction> {
  return deps.changes.transaction(async (tx, announce) => {
    const before = await lockAction(tx, account, actionId, 'editor')
    // Listeners are checked only if the change names them: deleted ones must not block other changes.
    const columns =
      change.listeners === undefined
        ? { name: change.name ?? before.name, origins: [...new Set(change.origins ?? before.origins)] }
        : await columnsOf(tx, before.workspaceId, {
            name: before.name,
            origins: before.origins,
            ...change,
            listeners: change.listeners
          })
    const action = await tx.action.update({
      where: { id: actionId },
      data: { ...columns, updatedAt: new Date(deps.clock.now()) }
    })
    announceAction(announce, before, action)
    await deps.audit.record(tx, {
      action: 'action.updated',
      actor,
      target: actionId,
      workspaceId: action.workspaceId,
      details: { name: action.name, origins: action.origins, listeners: action.listenerIds }
    })
    return publicAction(action)
  })
}

/** @throws Fault `not_found` */
export async function readAction(
  deps: { database: Database },
  account: AccountRecord,
  actionId: string
): Promise<PublicAction> {
  return publicAction(await findAction(deps.database.prisma, account, actionId, 'viewer'))
}

/** The actions of a workspace, newest first. @throws Fault `not_found` */
export function listActions(
  deps: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicAction>> {
  return listResources(membership, page, (query) => deps.database.prisma.action.findMany(query), publicAction)
}

/** An action, as the members of its workspace see it. A third-party service calls listeners on behalf of its users. */
interface PublicAction {
  actionPackageId: string
  workspaceId: string
  name: string
  /** The origins of the service's pages. */
  origins: string[]
  /** The listeners that its users' integration tokens may call. */
  listeners: string[]
  createdAt: string
  updatedAt: string
}

function publicAction(action: Action): PublicAction {
  return {
    actionPackageId: action.id,
    workspaceId: action.workspaceId,
    name: action.name,
    origins: action.origins,
    listeners: action.listenerIds,
    createdAt: action.createdAt.toISOString(),
    updatedAt: action.updatedAt.toISOString()
  }
}
