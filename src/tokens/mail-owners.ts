import type { Actor } from '../lib/actor.ts'
import { tokensRevokedMail } from '../mails/token-revoked.ts'
import type { Database } from '../platform/db/client.ts'
import type { Mailer } from '../platform/mail/mailer.ts'

/** How many names one mail lists. */
const NAMES_MAX = 20

export interface MailOwnersDeps {
  database: Database
  mailer: Mailer
  publicUrl: string
}

/** Mails the owners of tokens that somebody else revoked. Each owner gets one mail, however many tokens there are. */
export async function mailTokenOwners(
  deps: MailOwnersDeps,
  tokens: readonly { accountId: string; name: string }[],
  reason: string | undefined,
  actor: Actor
): Promise<void> {
  const others = Map.groupBy(
    tokens.filter(({ accountId }) => accountId !== actor.id),
    ({ accountId }) => accountId
  )
  if (!deps.mailer.enabled || others.size === 0) return
  const accounts = await deps.database.prisma.account.findMany({
    where: { id: { in: [...others.keys()] } },
    select: { id: true, email: true }
  })
  for (const { id, email } of accounts) {
    const names = (others.get(id) ?? []).map(({ name }) => name)
    deps.mailer.send(
      tokensRevokedMail(email, {
        names: names.slice(0, NAMES_MAX),
        more: Math.max(0, names.length - NAMES_MAX),
        reason,
        url: `${deps.publicUrl}/console/tokens`
      })
    )
  }
}
