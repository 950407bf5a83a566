import type { Audit, AuditEntry } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Account, Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { revokeWhere } from '../tokens/revoke.ts'
import { resumeOwned, suspendOwnerless } from '../workspaces/suspend.ts'
import { publicAccount, type AccountRole, type PublicAccount } from './account.ts'
import type { Admin } from './admin.ts'
import { type ConfirmedOwner, requireConfirmation } from './confirmation.ts'
import { endSessions } from './end-sessions.ts'

/** Omitted fields stay as they are. */
export interface AccountAdminChange {
  role?: AccountRole | undefined
  suspended?: boolean | undefined
  /** Whether the tokens work again once a suspension is lifted. If not, they are revoked. */
  restoreTokens?: boolean | undefined
}

/**
 * Changes the role or the suspension of an account.
 *
 * An account is active or suspended. This function alone moves it between the two states, in one `update` of the
 * account row. A suspension also deletes the account's sessions, disables its tokens at once, in every process, and
 * suspends the workspaces that have no other active owner. Lifting it revokes the tokens from before, unless they are
 * to be restored, and lets those workspaces go on. A change that repeats the current state writes nothing to the audit
 * log.
 * @param confirmation the admin's; required to change a role
 * @throws Fault `confirmation_required`; `not_found`; `validation_failed` for `restoreTokens` without a suspension to
 *   lift; `conflict` (`own_power`) if admins would suspend or demote themselves; `conflict` (`last_admin`) if no active
 *   admin would remain
 */
export async function setRoleAndSuspension(
  deps: { changes: Changes; clock: Clock; audit: Audit },
  admin: Admin,
  accountId: string,
  change: AccountAdminChange,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<PublicAccount> {
  if (change.role !== undefined) requireConfirmation(confirmation)
  if (change.restoreTokens !== undefined && change.suspended !== false)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/restoreTokens', message: 'is only allowed with "suspended": false' }]
    })
  return deps.changes.transaction(async (tx, announce) => {
    const before = await lockWithAdmins(tx, accountId)
    const demoted = change.role === 'user' && before.role === 'admin'
    const promoted = change.role === 'admin' && before.role !== 'admin'
    const suspended = change.suspended === true && !before.suspendedAt
    const restored = change.suspended === false && before.suspendedAt !== null
    if (demoted || suspended) await refuseLostPower(tx, before, admin)

    const account = await tx.account.update({
      where: { id: accountId },
      data: {
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(suspended ? { suspendedAt: new Date(deps.clock.now()) } : restored ? { suspendedAt: null } : {})
      }
    })
    if (suspended) {
      await endSessions(tx, deps, accountId, { reason: 'account suspended', actor })
      await suspendOwnerless(tx, announce, deps, accountId, actor)
    }
    if (restored) {
      await resumeOwned(tx, announce, deps, accountId, actor)
      if (!change.restoreTokens)
        await revokeWhere(tx, announce, deps, { accountId }, actor, 'the account was suspended')
    }
    const entries: AuditEntry[] = []
    if (demoted || promoted)
      entries.push({
        action: 'account.role_changed',
        actor,
        target: accountId,
        details: { from: before.role, to: account.role }
      })
    if (suspended) entries.push({ action: 'account.suspended', actor, target: accountId })
    if (restored) entries.push({ action: 'account.unsuspended', actor, target: accountId })
    await deps.audit.record(tx, ...entries)
    announce('account', accountId)
    return publicAccount(account)
  })
}

/**
 * Locks the account and every active admin, ordered by id. If two admins demote each other at the same time, the second
 * transaction waits here and then sees the result of the first.
 */
async function lockWithAdmins(tx: Prisma.TransactionClient, accountId: string): Promise<Account> {
  if (!isId('acc', accountId)) throw new Fault('not_found')
  await tx.$queryRaw`
    select 1 from account where id = ${accountId} or (role = 'admin' and suspended_at is null) order by id for update`
  const account = await tx.account.findUnique({ where: { id: accountId } })
  if (!account) throw new Fault('not_found')
  return account
}

async function refuseLostPower(tx: Prisma.TransactionClient, account: Account, admin: Admin): Promise<void> {
  if (account.id === admin.accountId)
    throw new Fault('conflict', {
      why: 'own_power',
      detail: 'Admins cannot suspend or demote themselves. Another admin can do it.'
    })
  if (account.role !== 'admin' || account.suspendedAt) return
  const other = await tx.account.findFirst({
    where: { role: 'admin', suspendedAt: null, id: { not: account.id } },
    select: { id: true }
  })
  if (!other) throw new Fault('conflict', { why: 'last_admin', detail: 'This is the last admin who is not suspended.' })
}
