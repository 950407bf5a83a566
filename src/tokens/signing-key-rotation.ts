import type { Admin } from '../accounts/admin.ts'
import type { Confirmed } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import { type Actor, SYSTEM } from '../lib/actor.ts'
import { type Clock, HOUR_MS } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import { addSigningKey, type SigningKeyDeps } from './signing-keys.ts'

/** How long a key signs before a new one replaces it. */
export const SIGNING_KEY_DAYS = 90
/**
 * A retired key stays at least this long. That is longer than clients cache the key set, longer than a process may keep
 * signing with a key that it believes to be current, and longer than integration tokens and access tokens (which are
 * not stored) live.
 */
export const RETIRED_KEY_HOURS = 24

type RotationDeps = Omit<SigningKeyDeps, 'database'> & { audit: Audit }

export interface SigningKeyJobDeps {
  database: Database
  changes: Changes
  keyring: Keyring
  clock: Clock
  audit: Audit
}

/**
 * Rotates the current key once it is {@link SIGNING_KEY_DAYS} old. Without a key it does nothing: the first JWT creates
 * one.
 */
export async function rotateDueSigningKey(deps: SigningKeyJobDeps): Promise<boolean> {
  const current = await deps.database.prisma.signingKey.findFirst({
    where: { retiredAt: null },
    orderBy: { createdAt: 'desc' }
  })
  if (!current || deps.clock.now() - current.createdAt.getTime() < SIGNING_KEY_DAYS * 24 * HOUR_MS) return false
  await replaceCurrentKey(deps, SYSTEM)
  return true
}

const DROP = `
  delete from signing_key as old where retired_at < $1
     and not exists (select from token where signing_kid = old.kid and revoked_at is null
                        and (expires_at is null or expires_at > $2))
  returning kid`

/** Deletes each retired key once the last token that it signed has expired or been revoked. */
export async function deleteExpiredSigningKeys(deps: SigningKeyJobDeps): Promise<string[]> {
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

/** Retires the current key and adds a new one. Retired keys stay in the key set until their last token has ended. */
export function rotateSigningKey(
  deps: RotationDeps,
  _admin: Confirmed<Admin>,
  actor: Actor
): Promise<{ kid: string; createdAt: string }> {
  return replaceCurrentKey(deps, actor)
}

function replaceCurrentKey(deps: RotationDeps, actor: Actor): Promise<{ kid: string; createdAt: string }> {
  return deps.changes.transaction(async (tx, announce) => {
    await tx.signingKey.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date(deps.clock.now()) } })
    const kid = await addSigningKey(tx, deps)
    const { createdAt } = await tx.signingKey.findUniqueOrThrow({ where: { kid }, select: { createdAt: true } })
    await deps.audit.record(tx, { action: 'signing_key.rotated', actor, target: kid })
    announce('signing_key', kid)
    return { kid, createdAt: createdAt.toISOString() }
  })
}
