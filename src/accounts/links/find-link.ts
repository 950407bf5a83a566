import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Database, Prisma } from '../../platform/db/client.ts'
import type { MemberRole } from '../account-cache.ts'
import { linkDigest, type LinkPurpose } from './link.ts'

const WITH_WORKSPACE = { invitation: { include: { workspace: { select: { id: true, name: true } } } } } as const

export type FoundLink = Prisma.LinkGetPayload<{ include: typeof WITH_WORKSPACE }>

/** A link that was opened, and whether it was opened from the mail, which proves the e-mail. */
export interface OpenedLink extends FoundLink {
  mailed: boolean
}

/** A link as whoever has it sees it. */
export interface PublicLink {
  purpose: LinkPurpose
  email: string
  expiresAt: string
  /** Only for an invitation: its workspace and role. */
  workspace?: { id: string; name: string; role: MemberRole }
}

/**
 * Finds the link of a code, without using it up.
 * @throws Fault `not_found` for a code that is unknown, used, replaced, withdrawn or expired
 */
export async function findLink(deps: { database: Database; clock: Clock }, code: string): Promise<FoundLink> {
  const digest = linkDigest(code)
  const link = digest
    ? await deps.database.prisma.link.findUnique({
        where: { digest, expiresAt: { gt: new Date(deps.clock.now()) } },
        include: WITH_WORKSPACE
      })
    : null
  if (!link) throw noSuchLink()
  return link
}

/** @param mailCode the code behind the `#`, which only the mailed form of the link has */
export function openedLink(link: FoundLink, mailCode: string | undefined): OpenedLink {
  const digest = mailCode === undefined ? link.digest : linkDigest(mailCode)
  const { mailDigest } = link
  return { ...link, mailed: digest !== undefined && mailDigest !== null && timingSafeEqual(digest, mailDigest) }
}

/** The same for a link that was used, has expired or never existed. */
export function noSuchLink(): Fault {
  return new Fault('not_found', { why: 'no_such_link' })
}

/** The part of a link that anybody who holds it may read before using it. */
export function publicLink({ purpose, email, expiresAt, invitation }: FoundLink): PublicLink {
  return {
    purpose: purpose as LinkPurpose,
    email,
    expiresAt: expiresAt.toISOString(),
    ...(invitation ? { workspace: { ...invitation.workspace, role: invitation.role as MemberRole } } : {})
  }
}

/**
 * Uses a link up. The statement is the guard: of several concurrent uses, only one deletes the row.
 * @throws Fault `not_found` if the link was used, replaced or withdrawn meanwhile, or has expired
 */
export async function consumeLink(
  tx: Prisma.TransactionClient,
  { clock }: { clock: Clock },
  { digest }: Pick<FoundLink, 'digest'>
): Promise<void> {
  const { count } = await tx.link.deleteMany({ where: { digest, expiresAt: { gt: new Date(clock.now()) } } })
  if (count === 0) throw noSuchLink()
}
