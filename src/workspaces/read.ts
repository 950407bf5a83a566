import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
import type { Membership } from './access.ts'
import { publicWorkspace, type PublicWorkspace } from './workspace.ts'

/** Reads a workspace. @throws Fault `not_found` if it was deleted */
export async function readWorkspace(deps: { database: Database }, membership: Membership): Promise<PublicWorkspace> {
  const { workspaceId, role } = membership
  const workspace = await deps.database.prisma.workspace.findUnique({
    where: { id: workspaceId },
    omit: { secret: true }
  })
  if (!workspace) throw new Fault('not_found', { why: 'workspace_deleted' })
  return publicWorkspace(workspace, role)
}

/** The workspaces that the account is a member of, newest first. */
export async function listWorkspaces(
  deps: { database: Database },
  account: AccountRecord,
  page: PageRequest
): Promise<Page<PublicWorkspace>> {
  const rows = await deps.database.prisma.workspace.findMany({
    where: { members: { some: { accountId: account.id } }, ...afterCursor('createdAt', page.cursor) },
    omit: { secret: true },
    include: { members: { where: { accountId: account.id }, select: { role: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  return pageOf(rows, page.limit, 'createdAt', (row) =>
    publicWorkspace(row, (row.members[0]?.role ?? 'viewer') as MemberRole)
  )
}
