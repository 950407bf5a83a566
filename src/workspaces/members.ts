import type { MemberRole } from '../accounts/account-cache.ts'
import { type Confirmed, type ConfirmedOwner, requireConfirmation } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database, Member, Prisma } from '../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
import type { Membership } from './access.ts'
import { lockWorkspace } from './quotas.ts'

/** One account's membership in a workspace. */
interface PublicMember {
  accountId: string
  email: string
  name: string
  role: MemberRole
  createdAt: string
}

const WITH_ACCOUNT = { account: { select: { email: true, name: true } } } as const

function publicMember(member: Member & { account: { email: string; name: string } }): PublicMember {
  return {
    accountId: member.accountId,
    email: member.account.email,
    name: member.account.name,
    role: member.role as MemberRole,
    createdAt: member.createdAt.toISOString()
  }
}

/** @throws Fault `not_found` if the account is not a member */
async function findMember(tx: Prisma.TransactionClient, workspaceId: string, accountId: string): Promise<Member> {
  const member = isId('acc', accountId)
    ? await tx.member.findUnique({ where: { workspaceId_accountId: { workspaceId, accountId } } })
    : null
  if (!member) throw new Fault('not_found', { why: 'no_such_member' })
  return member
}

/**
 * Ensures that somebody can still manage the workspace. The caller has locked the workspace.
 * @throws Fault `conflict` if the member is the last owner
 */
async function requireAnotherOwner(tx: Prisma.TransactionClient, member: Member): Promise<void> {
  if (member.role !== 'owner') return
  const others = await tx.member.count({
    where: {
      workspaceId: member.workspaceId,
      role: 'owner',
      accountId: { not: member.accountId },
      account: { suspendedAt: null }
    }
  })
  if (others === 0)
    throw new Fault('conflict', {
      why: 'last_owner',
      detail: 'A workspace needs at least one owner who is not suspended. Make another member an owner first.'
    })
}

/** Ends the invitations that the account made, so that a removed owner cannot come back through one of them. */
async function endInvitationsBy(tx: Prisma.TransactionClient, workspaceId: string, accountId: string): Promise<void> {
  await tx.invitation.deleteMany({ where: { workspaceId, invitedBy: accountId } })
}

/** The members of a workspace, newest first. @throws Fault `not_found` */
export async function listMembers(
  deps: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicMember>> {
  const { workspaceId } = membership
  const { AND: bound, OR: after } = afterCursor('createdAt', page.cursor)
  const rows = await deps.database.prisma.member.findMany({
    // Members have no id of their own: the id in a cursor is the account's.
    where: {
      workspaceId,
      ...(bound ? { AND: bound } : {}),
      ...(after ? { OR: after.map(({ id, ...rest }) => ({ ...rest, ...(id ? { accountId: id } : {}) })) } : {})
    },
    include: WITH_ACCOUNT,
    orderBy: [{ createdAt: 'desc' }, { accountId: 'desc' }],
    take: page.limit + 1
  })
  const known = rows.map((row) => ({ ...row, id: row.accountId }))
  return pageOf(known, page.limit, 'createdAt', (row) => publicMember(row))
}

export interface MemberDeps {
  changes: Changes
  audit: Audit
}

/**
 * Changes the role of a member.
 * @throws Fault `not_found`, `conflict` if the workspace would have no owner
 */
export async function changeMember(
  deps: MemberDeps,
  membership: Confirmed<Membership<'owner'>>,
  accountId: string,
  role: MemberRole,
  actor: Actor
): Promise<PublicMember> {
  const { workspaceId } = membership
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const member = await findMember(tx, workspaceId, accountId)
    if (role !== 'owner') await requireAnotherOwner(tx, member)
    const changed = await tx.member.update({
      where: { workspaceId_accountId: { workspaceId, accountId } },
      data: { role },
      include: WITH_ACCOUNT
    })
    if (role !== 'owner') await endInvitationsBy(tx, workspaceId, accountId)
    announce('account', accountId)
    await deps.audit.record(tx, {
      action: 'member.role_changed',
      actor,
      target: accountId,
      workspaceId,
      details: { role, before: member.role }
    })
    return publicMember(changed)
  })
}

/**
 * Removes a member as an owner.
 * @param confirmation the removing owner's; required to remove an owner
 * @throws Fault `not_found`; `confirmation_required`; `conflict` if the member is the last owner
 */
export function removeMember(
  deps: MemberDeps,
  membership: Membership<'owner'>,
  accountId: string,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<void> {
  return endMembership(deps, membership.workspaceId, accountId, confirmation, actor)
}

/**
 * Ends the account's own membership.
 * @param confirmation the account's; required if it is an owner
 * @throws Fault `confirmation_required`; `conflict` if the account is the last owner
 */
export function leaveWorkspace(
  deps: MemberDeps,
  membership: Membership,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<void> {
  return endMembership(deps, membership.workspaceId, membership.accountId, confirmation, actor)
}

async function endMembership(
  deps: MemberDeps,
  workspaceId: string,
  accountId: string,
  confirmation: ConfirmedOwner | undefined,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const member = await findMember(tx, workspaceId, accountId)
    if (member.role === 'owner') requireConfirmation(confirmation)
    await requireAnotherOwner(tx, member)
    await tx.member.delete({ where: { workspaceId_accountId: { workspaceId, accountId } } })
    await endInvitationsBy(tx, workspaceId, accountId)
    announce('account', accountId)
    await deps.audit.record(tx, {
      action: 'member.removed',
      actor,
      target: accountId,
      workspaceId,
      details: { role: member.role }
    })
  })
}
