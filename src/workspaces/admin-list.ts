import type { Admin } from '../accounts/admin.ts'
import { containing } from '../accounts/read.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { afterCursor, type CountedPage, pageOf, type PageRequest, TOTAL_MAX, totalOf } from '../platform/db/page.ts'
import { administeredWorkspace, type AdministeredWorkspace, WITH_OWNERS } from './administered-workspace.ts'

export interface AdminWorkspaceFilter extends PageRequest {
  /** A substring of the name or of an owner's e-mail, or the whole id. */
  q?: string | undefined
  suspended?: boolean | undefined
}

/** The workspaces of all accounts, newest first. */
export async function listAllWorkspaces(
  deps: { database: Database },
  _admin: Admin,
  { limit, cursor, q, suspended }: AdminWorkspaceFilter
): Promise<CountedPage<AdministeredWorkspace>> {
  const { workspace } = deps.database.prisma
  const fitting: Prisma.WorkspaceWhereInput = {
    AND: [
      suspended === undefined ? {} : { suspendedAt: suspended ? { not: null } : null },
      q === undefined
        ? {}
        : {
            OR: [
              { id: q },
              { name: containing(q) },
              { members: { some: { role: 'owner', account: { email: containing(q) } } } }
            ]
          }
    ]
  }
  const [rows, counted] = await Promise.all([
    workspace.findMany({
      where: { AND: [fitting, afterCursor('createdAt', cursor)] },
      ...WITH_OWNERS,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1
    }),
    workspace.count({ where: fitting, take: TOTAL_MAX + 1 })
  ])
  return { ...pageOf(rows, limit, 'createdAt', administeredWorkspace), total: totalOf(counted) }
}
