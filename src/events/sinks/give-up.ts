import type { Prisma } from '../../platform/db/client.ts'

export const SINK_REMOVED = 'the sink was removed'
export const SINK_DISABLED = 'the sink was switched off'

/** Ends the pending and running deliveries of a sink. Their events stay, and can be sent again. */
export async function giveUp(tx: Prisma.TransactionClient, sinkId: string, failure: string): Promise<void> {
  await tx.eventDelivery.updateMany({
    where: { sinkId, nextAttemptAt: { not: null } },
    data: { nextAttemptAt: null, failure }
  })
}
