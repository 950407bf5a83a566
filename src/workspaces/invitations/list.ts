import type { Clock } from '../../lib/clock.ts'
import type { Database } from '../../platform/db/client.ts'
import type { Page, PageRequest } from '../../platform/db/page.ts'
import type { Membership } from '../access.ts'
import { listResources } from '../owned-resource.ts'
import { publicInvitation, type PublicInvitation } from './invitation.ts'

/** The open invitations of a workspace, newest first. */
export function listInvitations(
  deps: { database: Database; clock: Clock },
  membership: Membership<'owner'>,
  page: PageRequest
): Promise<Page<PublicInvitation>> {
  const open = { expiresAt: { gt: new Date(deps.clock.now()) } }
  return listResources(
    membership,
    page,
    ({ where, ...query }) => deps.database.prisma.invitation.findMany({ where: { AND: [where, open] }, ...query }),
    publicInvitation
  )
}
