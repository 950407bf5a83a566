import type { Database } from '../platform/db/client.ts'
import type { Reads } from '../platform/db/reads.ts'
import { afterCursor, type Page, pageOf, type PageRequest } from '../platform/db/page.ts'
import { readVisibleToken, type TokenReader } from '../tokens/read.ts'
import type { CallRecorder } from './call-recorder.ts'

export interface DenialDeps {
  database: Database
  reads: Reads
  calls: CallRecorder
}

/** A denied call, as the owner of the token sees it. The caller got only the code and the request id. */
export interface PublicDenial {
  id: string
  at: string
  reason: string
  listenerId: string | null
  ip: string
  requestId: string
}

/**
 * Lists the denied calls of a token, newest first.
 * @throws Fault `not_found` if the token does not exist or the reader may not see it
 */
export async function listDenials(
  deps: DenialDeps,
  reader: TokenReader,
  tokenId: string,
  { limit, cursor }: PageRequest
): Promise<Page<PublicDenial>> {
  await readVisibleToken(deps.database.prisma, reader, tokenId)
  await deps.calls.flush()
  const rows = await deps.reads(({ prisma }) =>
    prisma.callRecord.findMany({
      where: { AND: [{ tokenId, outcome: 'refused' }, afterCursor('at', cursor)] },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: limit + 1
    })
  )
  return pageOf(rows, limit, 'at', ({ id, at, reason, code, listenerId, ip, requestId }) => ({
    id,
    at: at.toISOString(),
    reason: reason ?? code,
    listenerId,
    ip,
    requestId
  }))
}
