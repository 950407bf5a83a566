import type { Prisma } from '../../platform/db/client.ts'
import type { Clock } from '../../lib/clock.ts'
import { type LinkPurpose, newLink, type NewLink } from './link.ts'

export interface LinkDeps {
  clock: Clock
  publicUrl: string
}

export interface AccountLink {
  purpose: Exclude<LinkPurpose, 'invitation'>
  account: { id: string; email: string }
  /** How long the link works, in milliseconds. */
  ms: number
  seenBy: 'its maker' | 'nobody'
  /** What also happens when the link is used. */
  removeSecondFactor?: boolean | undefined
  revokeTokens?: boolean | undefined
}

/**
 * Makes a link that sets the password of an account, or proves its e-mail. It ends the account's earlier link of the
 * same purpose.
 *
 * A link exists until it is used or replaced, and works until it expires. The row is the state.
 */
export async function makeAccountLink(
  tx: Prisma.TransactionClient,
  deps: LinkDeps,
  { purpose, account, ms, seenBy, removeSecondFactor = false, revokeTokens = false }: AccountLink
): Promise<NewLink> {
  const made = newLink(deps.publicUrl, seenBy)
  const now = deps.clock.now()
  const row = {
    ...made.row,
    email: account.email,
    removeSecondFactor,
    revokeTokens,
    createdAt: new Date(now),
    expiresAt: new Date(now + ms)
  }
  await tx.link.upsert({
    where: { purpose_accountId: { purpose, accountId: account.id } },
    create: { purpose, accountId: account.id, ...row },
    update: row
  })
  return { link: made.link, mailedLink: made.mailedLink, expiresAt: row.expiresAt }
}
