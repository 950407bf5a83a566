import type { Admin } from '../accounts/admin.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Announce, Changes } from '../platform/db/changes.ts'
import type { Prisma } from '../platform/db/client.ts'
import { administeredWorkspace, type AdministeredWorkspace, WITH_OWNERS } from './administered-workspace.ts'
import { lockWorkspace } from './quotas.ts'

export interface SuspensionDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

type TxDeps = Pick<SuspensionDeps, 'clock' | 'audit'>

const OWNERS_SUSPENDED = 'its last owner was suspended'

/**
 * Suspends a workspace or lifts its suspension. The change applies in every process at once.
 *
 * A workspace runs (`suspended_at` is null) or is suspended, by an admin or because its last owner was suspended
 * (`suspended_by`). Only this function, {@link suspendOwnerless} and {@link resumeOwned} move it, each in one guarded
 * `update`. An admin's suspension replaces an automatic one, and only an admin lifts it.
 * @throws Fault `not_found`
 */
export async function setSuspension(
  deps: SuspensionDeps,
  _admin: Admin,
  workspaceId: string,
  change: { suspended: boolean; reason?: string | undefined },
  actor: Actor
): Promise<AdministeredWorkspace> {
  if (!isId('wsp', workspaceId)) throw new Fault('not_found', { why: 'no_such_workspace' })
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const reason = change.reason ?? null
    const moved = change.suspended
      ? await tx.$queryRaw<Moved[]>`
          update workspace
             set suspended_at = coalesce(suspended_at, ${new Date(deps.clock.now())}), suspended_by = 'admin',
                 suspend_reason = ${reason}
           where id = ${workspaceId}
             and (suspended_by is distinct from 'admin' or ${reason}::text is distinct from suspend_reason)
          returning id`
      : await tx.$queryRaw<Moved[]>`
          update workspace set suspended_at = null, suspended_by = null, suspend_reason = null
           where id = ${workspaceId} and suspended_at is not null returning id`
    await announceMoved(tx, announce, moved)
    await deps.audit.record(tx, ...entriesOf(moved, change.suspended, reason, actor))
    return administeredWorkspace(await tx.workspace.findUniqueOrThrow({ where: { id: workspaceId }, ...WITH_OWNERS }))
  })
}

/** Suspends the workspaces that have no active owner left, after the account was suspended. */
export async function suspendOwnerless(
  tx: Prisma.TransactionClient,
  announce: Announce,
  deps: TxDeps,
  accountId: string,
  actor: Actor
): Promise<void> {
  await lockOwned(tx, accountId)
  const moved = await tx.$queryRaw<Moved[]>`
    update workspace w
       set suspended_at = ${new Date(deps.clock.now())}, suspended_by = 'owners', suspend_reason = ${OWNERS_SUSPENDED}
     where w.suspended_at is null
       and exists (select from member m
                    where m.workspace_id = w.id and m.account_id = ${accountId} and m.role = 'owner')
       and not exists (select from member m join account a on a.id = m.account_id
                        where m.workspace_id = w.id and m.role = 'owner' and a.suspended_at is null)
    returning w.id`
  await announceMoved(tx, announce, moved)
  await deps.audit.record(tx, ...entriesOf(moved, true, OWNERS_SUSPENDED, actor))
}

/** Lifts the suspensions that {@link suspendOwnerless} made, after the suspension of an owner was lifted. */
export async function resumeOwned(
  tx: Prisma.TransactionClient,
  announce: Announce,
  deps: Pick<TxDeps, 'audit'>,
  accountId: string,
  actor: Actor
): Promise<void> {
  await lockOwned(tx, accountId)
  const moved = await tx.$queryRaw<Moved[]>`
    update workspace w set suspended_at = null, suspended_by = null, suspend_reason = null
     where w.suspended_by = 'owners'
       and exists (select from member m
                    where m.workspace_id = w.id and m.account_id = ${accountId} and m.role = 'owner')
    returning w.id`
  await announceMoved(tx, announce, moved)
  await deps.audit.record(tx, ...entriesOf(moved, false, null, actor))
}

interface Moved {
  id: string
}

/**
 * Locks the workspaces: if two owners are suspended at the same time, each transaction must not count the other owner
 * as active.
 */
async function lockOwned(tx: Prisma.TransactionClient, accountId: string): Promise<void> {
  await tx.$queryRaw`
    select 1 from workspace
     where id in (select workspace_id from member where account_id = ${accountId} and role = 'owner')
     order by id for update`
}

/**
 * Drops the workspaces from the caches of every process: their keys, the rights of their members, and their listeners.
 */
async function announceMoved(tx: Prisma.TransactionClient, announce: Announce, moved: readonly Moved[]): Promise<void> {
  const of = { where: { workspaceId: { in: moved.map(({ id }) => id) } } }
  if (moved.length === 0) return
  for (const { accountId } of await tx.member.findMany({ ...of, select: { accountId: true } }))
    announce('account', accountId)
  for (const { id } of await tx.listener.findMany({ ...of, select: { id: true } })) announce('listener', id)
  for (const { id } of moved) announce('workspace', id)
}

function entriesOf(moved: readonly Moved[], suspended: boolean, reason: string | null, actor: Actor) {
  return moved.map(({ id }) => ({
    action: suspended ? ('workspace.suspended' as const) : ('workspace.resumed' as const),
    actor,
    target: id,
    workspaceId: id,
    ...(suspended ? { details: { reason } } : {})
  }))
}
