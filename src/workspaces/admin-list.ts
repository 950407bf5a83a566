import type { Admin } from '../accounts/admin.ts'
import { containing } from '../accounts/read.ts'
import type { Database } from '../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
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
): Promise<Page<AdministeredWorkspace>> {
  const rows = await deps.database.prisma.workspace.findMany({
    where: {
      AND: [
        afterCursor('createdAt', cursor),
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
    },
    ...WITH_OWNERS,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1
  })
  return pageOf(rows, limit, 'createdAt', administeredWorkspace)
}
