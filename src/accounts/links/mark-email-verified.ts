import type { Audit } from '../../audit.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Prisma } from '../../platform/db/client.ts'

/** Records that an account receives mail sent to its address. Later proofs change nothing. */
export async function markEmailVerified(
  tx: Prisma.TransactionClient,
  { clock, audit }: { clock: Clock; audit: Audit },
  accountId: string,
  actor: Actor
): Promise<void> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, emailVerifiedAt: null },
    data: { emailVerifiedAt: new Date(clock.now()), emailProofNeeded: false }
  })
  if (count > 0) await audit.record(tx, { action: 'email.verified', actor, target: accountId })
}
