import { type CreateAccountDeps, insertAccount } from '../../accounts/create.ts'
import { consumeLink, noSuchLink, type OpenedLink } from '../../accounts/links/find-link.ts'
import { markEmailVerified } from '../../accounts/links/mark-email-verified.ts'
import { hashChosenPassword, type LinkAnswer } from '../../accounts/links/set-password.ts'
import type { Audit } from '../../audit.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Announce, Changes } from '../../platform/db/changes.ts'
import type { Prisma } from '../../platform/db/client.ts'
import { workspaceSuspended } from '../access.ts'
import { lockWorkspace, requireQuota, WORKSPACE_LIMITS } from '../quotas.ts'

export interface AcceptDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

/**
 * Accepts an invitation for the account that calls.
 * @throws Fault `unauthenticated` if nobody is signed in; `not_found` for another account than the invited one, and if
 *   the link was used meanwhile; `conflict` if the account is a member already or the workspace is full
 */
export async function acceptAsAccount(
  deps: AcceptDeps,
  link: OpenedLink,
  caller: { id: string; email: string } | undefined,
  actor: Actor
): Promise<void> {
  if (!caller)
    throw new Fault('unauthenticated', {
      why: 'invited_account_not_signed_in',
      detail: 'An account has this e-mail: sign in to it to accept.'
    })
  if (caller.email !== link.email) throw noSuchLink()
  await deps.changes.transaction((tx, announce) => join(tx, announce, deps, link, caller.id, actor))
}

/**
 * Accepts an invitation by creating the account for it, whether sign-up is open or closed.
 * @throws Fault `validation_failed` for a missing or refused field, which does not use the link up; `not_found` if the
 *   link was used meanwhile; `conflict` if the e-mail has an account meanwhile or the workspace is full; `rate_limited`
 */
export async function acceptByNewAccount(
  deps: CreateAccountDeps & AcceptDeps,
  link: OpenedLink,
  { password, name }: LinkAnswer,
  actor: Actor
): Promise<void> {
  const missing = [...(password ? [] : ['/password']), ...(name === undefined ? ['/name'] : [])]
  if (name === undefined || missing.length > 0)
    throw new Fault('validation_failed', { errors: missing.map((pointer) => ({ pointer, message: 'is missing' })) })
  const passwordHash = await hashChosenPassword(deps, password, link.email, actor)
  await insertAccount(
    deps,
    { email: link.email, name, role: 'user', passwordHash, awaits: 'nothing' },
    actor,
    (tx, { id }, announce) => join(tx, announce, deps, link, id, { ...actor, kind: 'account', id })
  )
}

async function join(
  tx: Prisma.TransactionClient,
  announce: Announce,
  deps: AcceptDeps,
  link: OpenedLink,
  accountId: string,
  actor: Actor
): Promise<void> {
  const { invitation } = link
  if (!invitation) throw noSuchLink()
  const { id, workspaceId, role } = invitation
  await lockWorkspace(tx, workspaceId)
  const { suspendedAt } = await tx.workspace.findUniqueOrThrow({
    where: { id: workspaceId },
    select: { suspendedAt: true }
  })
  if (suspendedAt) throw workspaceSuspended()
  await consumeLink(tx, deps, link)
  await tx.invitation.delete({ where: { id } })
  if (link.mailed) await markEmailVerified(tx, deps, accountId, actor)
  if (await tx.member.findUnique({ where: { workspaceId_accountId: { workspaceId, accountId } } }))
    throw new Fault('conflict', { why: 'already_a_member', detail: 'This account is a member already.' })
  requireQuota(await tx.member.count({ where: { workspaceId } }), WORKSPACE_LIMITS.members, 'members of a workspace')
  await tx.member.create({ data: { workspaceId, accountId, role, createdAt: new Date(deps.clock.now()) } })
  announce('account', accountId)
  await deps.audit.record(
    tx,
    { action: 'link.used', actor, target: accountId, workspaceId, details: { purpose: link.purpose } },
    { action: 'invitation.accepted', actor, target: id, workspaceId, details: { role } },
    { action: 'member.added', actor, target: accountId, workspaceId, details: { role } }
  )
}
