import type { Admin } from '../accounts/admin.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import { containing, type CountedPage, countedPage, type ListedTable, type PageRequest } from '../platform/db/page.ts'
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
  const withOwners: ListedTable<Prisma.WorkspaceWhereInput, Parameters<typeof administeredWorkspace>[0]> = {
    findMany: (query) => workspace.findMany({ ...query, ...WITH_OWNERS }),
    count: (query) => workspace.count(query)
  }
  return countedPage(withOwners, fitting, { limit, cursor }, administeredWorkspace)
}
