import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { addSigningKey, type SigningKeyDeps } from './signing-keys.ts'

/** A new key signs from now on. The ones before it stay in the key set until the last token that they signed has ended. */
export async function rotateSigningKey(
  deps: Omit<SigningKeyDeps, 'database'> & { audit: Audit },
  actor: Actor
): Promise<{ kid: string; createdAt: string }> {
  return deps.changes.transaction(async (tx, announce) => {
    await tx.signingKey.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date(deps.clock.now()) } })
    const kid = await addSigningKey(tx, deps)
    const { createdAt } = await tx.signingKey.findUniqueOrThrow({ where: { kid }, select: { createdAt: true } })
    await deps.audit.record(tx, { action: 'signing_key.rotated', actor, target: kid })
    announce('signing_key', kid)
    return { kid, createdAt: createdAt.toISOString() }
  })
}
