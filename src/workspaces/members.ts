import type { MemberRole } from '../accounts/account-cache.ts'
import type { Member, Prisma } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'

/** One account's place in a workspace. */
export interface PublicMember {
  accountId: string
  email: string
  name: string
  role: MemberRole
  createdAt: string
}

export const WITH_ACCOUNT = { account: { select: { email: true, name: true } } } as const

export function publicMember(member: Member & { account: { email: string; name: string } }): PublicMember {
  return {
    accountId: member.accountId,
    email: member.account.email,
    name: member.account.name,
    role: member.role as MemberRole,
    createdAt: member.createdAt.toISOString()
  }
}

/** @throws Fault `not_found` for who is no member */
export async function findMember(
  tx: Prisma.TransactionClient,
  workspaceId: string,
  accountId: string
): Promise<Member> {
  const member = isId('acc', accountId)
    ? await tx.member.findUnique({ where: { workspaceId_accountId: { workspaceId, accountId } } })
    : null
  if (!member) throw new Fault('not_found', { why: 'no_such_member' })
  return member
}

/** Somebody must be left who can manage the workspace. The workspace is locked by the caller of this. @throws Fault `conflict` for the last owner */
export async function requireAnotherOwner(tx: Prisma.TransactionClient, member: Member): Promise<void> {
  if (member.role !== 'owner') return
  const others = await tx.member.count({
    where: { workspaceId: member.workspaceId, role: 'owner', accountId: { not: member.accountId } }
  })
  if (others === 0)
    throw new Fault('conflict', {
      why: 'last_owner',
      detail: 'A workspace keeps at least one owner: make somebody else an owner first.'
    })
}
