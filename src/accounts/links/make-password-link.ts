import type { Prisma } from '../../platform/db/client.ts'
import type { Clock } from '../../lib/clock.ts'
import { type LinkPurpose, linkUrl, newLinkCode, type NewLink } from './link.ts'

export interface LinkDeps {
  clock: Clock
  publicUrl: string
}

export interface PasswordLink {
  purpose: Exclude<LinkPurpose, 'invitation'>
  account: { id: string; email: string }
  /** For how long. */
  ms: number
  /** What happens besides, when the link is used. */
  removeSecondFactor?: boolean | undefined
  revokeTokens?: boolean | undefined
}

/**
 * Makes a link that sets the password of an account. It ends the account's earlier link of the same purpose.
 *
 * A link exists until it is used or replaced, and works until it expires. The row is the state.
 */
export async function makePasswordLink(
  tx: Prisma.TransactionClient,
  deps: LinkDeps,
  { purpose, account, ms, removeSecondFactor = false, revokeTokens = false }: PasswordLink
): Promise<NewLink> {
  const { code, digest } = newLinkCode()
  const now = deps.clock.now()
  const row = {
    digest,
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
  return { link: linkUrl(deps.publicUrl, code), expiresAt: row.expiresAt }
}
