import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { ADVISORY_LOCKS } from '../lib/advisory-locks.ts'
import type { Changes } from '../platform/db/changes.ts'
import { isUnavailable, type Database, type Prisma, type SigningKey } from '../platform/db/client.ts'
import type { Notifications } from '../platform/db/notify.ts'
import type { CachePolicy } from '../platform/db/record-cache.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'

export const SIGNING_ALGORITHM = 'EdDSA'
/** Anybody can send an unknown `kid`, so unknown ones cause at most one read of the table in this time. */
const RELOAD_EVERY_MS = 1_000
/** The table is read again after this time, even if notifications of changes arrive. */
const MAX_AGE_MS = 60_000

export interface LoadedKey {
  kid: string
  publicJwk: JsonWebKey
  publicKeyPem: string
  privateKeyPem: Secret
  retired: boolean
}

/**
 * The Ed25519 keys that sign issued JWTs. They are stored in the database, the private half sealed.
 *
 * A key is current (`retired_at` is null), retired (still verifies) or deleted. `addFirstKey` and `rotateSigningKey`
 * insert a current key; `rotateSigningKey` sets `retired_at` of the one before it in the same transaction;
 * `deleteExpiredSigningKeys` deletes a retired key in one guarded `delete`. No key moves back.
 */
export interface SigningKeys {
  /** Returns the current key. Creates one if there is none. */
  current(): Promise<LoadedKey>
  find(kid: string): Promise<LoadedKey | undefined>
  /** The public keys as a JWK Set (RFC 7517, section 5), newest first. */
  jwks(): Promise<{ keys: JsonWebKey[] }>
}

export interface SigningKeyDeps {
  database: Database
  changes: Changes
  keyring: Keyring
  clock: Clock
}

/**
 * Creates the signing keys of this process. They are loaded when they are needed, and again after a change or a gap in
 * the notifications.
 */
export function createSigningKeys(
  deps: SigningKeyDeps & { notifications: Pick<Notifications, 'gapFreeSince'>; cachePolicy: CachePolicy }
): SigningKeys {
  let loaded: { at: number; keys: Promise<LoadedKey[]> } | undefined
  let lastKnown: LoadedKey[] | undefined
  deps.changes.subscribe('signing_key', () => {
    loaded = undefined
  })

  /** A key that another process retired must stop signing here, even if the notification of it is lost. */
  function maxAge(): number {
    const since = deps.notifications.gapFreeSince()
    return since !== undefined && loaded && loaded.at >= since
      ? MAX_AGE_MS
      : Math.min(MAX_AGE_MS, deps.cachePolicy.maxStaleMs)
  }

  async function reload(): Promise<LoadedKey[]> {
    try {
      return (lastKnown = await load(deps))
    } catch (error) {
      // While the database is down, no key can change, so the last known keys stay valid.
      if (lastKnown && isUnavailable(error)) return lastKnown
      throw error
    }
  }

  function all(reloadAfterMs = maxAge()): Promise<LoadedKey[]> {
    if (loaded && deps.clock.now() - loaded.at <= reloadAfterMs) return loaded.keys
    const mine = { at: deps.clock.now(), keys: reload() }
    loaded = mine
    // A failed load must not be remembered: the next caller tries again.
    mine.keys.catch(() => {
      if (loaded === mine) loaded = undefined
    })
    return mine.keys
  }

  return {
    async current() {
      const existing = (await all()).find((key) => !key.retired)
      if (existing) return existing
      await addFirstKey(deps)
      const created = (await all(-1)).find((key) => !key.retired)
      if (!created) throw new Error('there is no signing key')
      return created
    },

    async find(kid) {
      return (await all()).find((key) => key.kid === kid) ?? (await all(RELOAD_EVERY_MS)).find((key) => key.kid === kid)
    },

    async jwks() {
      return { keys: (await all()).map((key) => key.publicJwk) }
    }
  }
}

/** Adds a key that signs from now on. Earlier keys keep verifying. */
export async function addSigningKey(
  tx: Prisma.TransactionClient,
  deps: Pick<SigningKeyDeps, 'keyring' | 'clock'>
): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const kid = newId('key')
  const sealed = deps.keyring.seal(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), placeOf(kid))
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: SIGNING_ALGORITHM, use: 'sig' }
  await tx.signingKey.create({
    data: { kid, algorithm: SIGNING_ALGORITHM, publicJwk, privateKey: sealed, createdAt: new Date(deps.clock.now()) }
  })
  return kid
}

async function addFirstKey(deps: SigningKeyDeps): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${ADVISORY_LOCKS.signingKey}::bigint)`
    if (await tx.signingKey.findFirst({ where: { retiredAt: null } })) return
    announce('signing_key', await addSigningKey(tx, deps))
  })
}

async function load(deps: SigningKeyDeps): Promise<LoadedKey[]> {
  const rows = await deps.database.prisma.signingKey.findMany({ orderBy: { createdAt: 'desc' } })
  return rows.map((row) => loadKey(row, deps.keyring))
}

function loadKey(row: SigningKey, keyring: Keyring): LoadedKey {
  const publicJwk = row.publicJwk as JsonWebKey
  return {
    kid: row.kid,
    publicJwk,
    publicKeyPem: createPublicKey({ key: publicJwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString(),
    privateKeyPem: keyring.open(row.privateKey, placeOf(row.kid)),
    retired: row.retiredAt !== null
  }
}

function placeOf(kid: string): { table: string; row: string; column: string } {
  return { table: 'signing_key', row: kid, column: 'private_key' }
}
