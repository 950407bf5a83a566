import { afterCursor, pageOf, type Page, type PageRequest } from '../../platform/db/page.ts'
import { readToken } from '../read.ts'
import type { ReadUsageDeps } from './read.ts'

/** A refused call, as the owner of the token sees it: the caller was told the code and the request id. */
export interface PublicDenial {
  id: string
  at: string
  reason: string
  listenerId: string | null
  ip: string
  requestId: string
}

/** Refused calls of a token, newest first. @throws Fault `not_found` for a token of another account, as for none */
export async function listDenials(
  deps: Omit<ReadUsageDeps, 'clock'>,
  accountId: string,
  tokenId: string,
  { limit, cursor }: PageRequest
): Promise<Page<PublicDenial>> {
  const { prisma } = deps.database
  await readToken(prisma, accountId, tokenId)
  await deps.usage.flush()
  const rows = await prisma.tokenDenial.findMany({
    where: { AND: [{ tokenId }, afterCursor('at', cursor)] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1
  })
  return pageOf(rows, limit, 'at', ({ id, at, reason, listenerId, ip, requestId }) => ({
    id,
    at: at.toISOString(),
    reason,
    listenerId,
    ip,
    requestId
  }))
}
