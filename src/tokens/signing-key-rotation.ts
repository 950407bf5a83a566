import type { Audit } from '../audit.ts'
import { type Actor, SYSTEM } from '../lib/actor.ts'
import { type Clock, HOUR_MS } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import { addSigningKey, type SigningKeyDeps } from './signing-keys.ts'

/** A key signs for this long; then a new one does. */
export const SIGNING_KEY_DAYS = 90
/**
 * A retired key stays at least this long, whatever it signed: longer than others keep our key set, than a process may sign on with a key
 * that it believes current, and than the shortest-lived credentials, of which no record is kept.
 */
export const RETIRED_KEY_HOURS = 24

export interface SigningKeyJobDeps {
  database: Database
  changes: Changes
  keyring: Keyring
  clock: Clock
  audit: Audit
}

/** Rotates the key that signs where its time has come. Without any key there is nothing to rotate: the first JWT makes one. */
export async function rotateDueSigningKey(deps: SigningKeyJobDeps): Promise<boolean> {
  const current = await deps.database.prisma.signingKey.findFirst({
    where: { retiredAt: null },
    orderBy: { createdAt: 'desc' }
  })
  if (!current || deps.clock.now() - current.createdAt.getTime() < SIGNING_KEY_DAYS * 24 * HOUR_MS) return false
  await rotateSigningKey(deps, SYSTEM)
  return true
}

const DROP = `
  delete from signing_key as old where retired_at < $1
     and not exists (select from token where signing_kid = old.kid and revoked_at is null and (expires_at is null or expires_at > $2))
  returning kid`

/** Removes retired keys once the last token that they signed has expired or been revoked. What a key signed then verifies nowhere any more. */
export async function dropSpentSigningKeys(deps: SigningKeyJobDeps): Promise<string[]> {
  const now = deps.clock.now()
  return deps.changes.transaction(async (tx, announce) => {
    const dropped = await tx.$queryRawUnsafe<{ kid: string }[]>(
      DROP,
      new Date(now - RETIRED_KEY_HOURS * HOUR_MS),
      new Date(now)
    )
    for (const { kid } of dropped) announce('signing_key', kid)
    await deps.audit.record(
      tx,
      ...dropped.map(({ kid }) => ({ action: 'signing_key.dropped' as const, actor: SYSTEM, target: kid }))
    )
    return dropped.map(({ kid }) => kid)
  })
}

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
