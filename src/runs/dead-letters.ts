import type { Database } from '../platform/db/client.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
import type { Membership } from '../workspaces/access.ts'
import { errorSummary, type RunSummary } from './read.ts'

export interface PublicDeadLetter extends Pick<RunSummary, 'flowId' | 'listenerId' | 'error'> {
  runId: string
  /** Null where the flow was deleted. */
  flowName: string | null
  /** Null where there is no listener, or it was deleted. */
  listenerName: string | null
  /** How often the run was started. */
  attempts: number
  at: string
}

/**
 * Runs of a workspace that failed because their processes died again and again, newest first. Replaying a run removes
 * it from the list.
 * @throws Fault `not_found`
 */
export async function listDeadLetters(
  deps: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicDeadLetter>> {
  const { workspaceId } = membership
  const rows = await deps.database.prisma.deadLetter.findMany({
    where: { AND: [{ workspaceId }, afterCursor('at', page.cursor)] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: page.limit + 1
  })
  const describe = await describeRuns(
    deps.database,
    rows.map(({ id }) => id)
  )
  return pageOf(rows, page.limit, 'at', ({ id, attempts, at }) => ({
    runId: id,
    attempts,
    at: at.toISOString(),
    ...describe(id)
  }))
}

/** Which flow and listener the runs belong to, and how they failed. */
async function describeRuns(
  { prisma }: Database,
  ids: string[]
): Promise<(id: string) => Omit<PublicDeadLetter, 'runId' | 'attempts' | 'at'>> {
  const runs = await prisma.run.findMany({
    where: { id: { in: ids } },
    select: { id: true, flowId: true, listenerId: true, error: true }
  })
  const select = { id: true, name: true } as const
  const [flows, listeners] = await Promise.all([
    prisma.flow.findMany({ where: { id: { in: runs.map(({ flowId }) => flowId) } }, select }),
    prisma.listener.findMany({ where: { id: { in: runs.flatMap(({ listenerId }) => listenerId ?? []) } }, select })
  ])
  const nameOf = (named: { id: string; name: string }[], id: string | null): string | null =>
    named.find((one) => one.id === id)?.name ?? null
  return (id) => {
    const run = runs.find((one) => one.id === id)
    const { flowId = '', listenerId = null, error = null } = run ?? {}
    return {
      flowId,
      flowName: nameOf(flows, flowId),
      listenerId,
      listenerName: nameOf(listeners, listenerId),
      error: errorSummary(error)
    }
  }
}
