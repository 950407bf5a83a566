import { Fault } from '../../lib/fault.ts'
import type { Database } from '../../platform/db/client.ts'
import type { Page, PageRequest } from '../../platform/db/page.ts'
import type { Membership } from '../../workspaces/access.ts'
import { listResources } from '../../workspaces/owned-resource.ts'
import { findSink, firstSink, type PublicSink, publicSink, WITHOUT_SECRETS } from './sink.ts'

/** The sinks of a workspace, newest first. */
export function listSinks(
  { database }: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicSink>> {
  return listResources(
    membership,
    page,
    (query) => database.prisma.eventSink.findMany({ ...query, omit: WITHOUT_SECRETS }),
    publicSink
  )
}

/** @throws Fault `not_found` */
export async function readSink(
  { database }: { database: Database },
  membership: Membership,
  id: string
): Promise<PublicSink> {
  return publicSink(await findSink(database.prisma, membership.workspaceId, id))
}

/** @throws Fault `not_found` if the workspace has no sink */
export async function readFirstSink({ database }: { database: Database }, membership: Membership): Promise<PublicSink> {
  const sink = await firstSink(database.prisma, membership.workspaceId)
  if (!sink) throw new Fault('not_found', { why: 'no_event_sink' })
  return publicSink(sink)
}
