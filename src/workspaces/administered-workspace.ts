import type { Prisma } from '../platform/db/client.ts'

/** A workspace as admins see it, members or not. */
export interface AdministeredWorkspace {
  id: string
  name: string
  owners: { id: string; email: string }[]
  suspended: boolean
  suspendedAt: string | null
  /** Why it is suspended, as the admin who suspended it wrote. */
  reason: string | null
  createdAt: string
}

export const WITH_OWNERS = {
  select: {
    id: true,
    name: true,
    suspendedAt: true,
    suspendReason: true,
    createdAt: true,
    members: {
      where: { role: 'owner' },
      select: { account: { select: { id: true, email: true } } },
      orderBy: [{ createdAt: 'asc' }, { accountId: 'asc' }]
    }
  }
} as const satisfies { select: Prisma.WorkspaceSelect }

export function administeredWorkspace(
  workspace: Prisma.WorkspaceGetPayload<typeof WITH_OWNERS>
): AdministeredWorkspace {
  return {
    id: workspace.id,
    name: workspace.name,
    owners: workspace.members.map(({ account }) => account),
    suspended: workspace.suspendedAt !== null,
    suspendedAt: workspace.suspendedAt?.toISOString() ?? null,
    reason: workspace.suspendReason,
    createdAt: workspace.createdAt.toISOString()
  }
}
