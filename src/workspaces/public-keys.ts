import type { JsonWebKey } from 'node:crypto'
import type { Confirmed } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId, newId } from '../lib/ids.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database, PublicKey } from '../platform/db/client.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import type { Algorithm } from '../platform/jws/algorithms.ts'
import { InvalidKeyError, type PublicJwk } from '../platform/jws/key-record.ts'
import { describeKey, validatePublicKey, type ValidatedKey } from '../platform/jws/validate-public-key.ts'
import type { Membership } from './access.ts'
import { listResources } from './owned-resource.ts'
import { lockWorkspace, requireQuota } from './quotas.ts'
import { isSecretKid } from './signing-secret.ts'

/** The most keys that one workspace can register. Customers with more keys publish a key set. */
export const PUBLIC_KEYS_MAX = 50

/** A registered key as members see it. A public key is not secret, so it is shown in full. */
export interface PublicKeyView {
  id: string
  name: string
  kid: string
  algorithms: Algorithm[]
  /** For example `RSA 2048`, `EC P-256`, `Ed25519`. */
  description: string
  /** The JWK thumbprint (RFC 7638) with SHA-256. */
  thumbprint: string
  publicKey: PublicJwk
  createdAt: string
}

export interface PublicKeyDeps {
  changes: Changes
  clock: Clock
  audit: Audit
}

/**
 * Registers a key of the customers' back end: PEM, a JWK, or a JWK as text.
 * @throws Fault `validation_failed` with the reason if the key is not a valid public key; `conflict` if the key or its
 *   `kid` is already registered; `not_found`
 */
export async function createPublicKey(
  deps: PublicKeyDeps,
  membership: Confirmed<Membership<'owner'>>,
  input: { name: string; publicKey: string | JsonWebKey },
  actor: Actor
): Promise<PublicKeyView> {
  const { workspaceId } = membership
  const validated = validateKey(input.publicKey)
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    const same = await tx.publicKey.findFirst({
      where: { workspaceId, OR: [{ kid: validated.kid }, { thumbprint: validated.thumbprint }] },
      select: { thumbprint: true }
    })
    if (same)
      throw taken(
        same.thumbprint === validated.thumbprint ? 'is already registered' : 'has the kid of another registered key'
      )
    requireQuota(await tx.publicKey.count({ where: { workspaceId } }), PUBLIC_KEYS_MAX, 'public keys in a workspace')
    const {
      kid,
      algorithms,
      thumbprint,
      key: { jwk }
    } = validated
    const row = await tx.publicKey.create({
      data: {
        id: newId('key'),
        workspaceId,
        name: input.name,
        kid,
        jwk: { ...jwk },
        algorithms: [...algorithms],
        thumbprint,
        createdAt: new Date(deps.clock.now())
      }
    })
    announce('workspace', workspaceId)
    await deps.audit.record(tx, {
      action: 'public_key.added',
      actor,
      target: row.id,
      workspaceId,
      details: { name: input.name, kid, thumbprint }
    })
    return viewOf(row)
  })
}

/** Lists the registered keys, newest first. @throws Fault `not_found` */
export function listPublicKeys(
  deps: { database: Database },
  membership: Membership,
  page: PageRequest
): Promise<Page<PublicKeyView>> {
  return listResources(membership, page, (query) => deps.database.prisma.publicKey.findMany(query), viewOf)
}

/**
 * Removes a key. Tokens that it signed are rejected from the next call on.
 * @throws Fault `not_found`
 */
export async function removePublicKey(
  deps: PublicKeyDeps,
  membership: Confirmed<Membership<'owner'>>,
  keyId: string,
  actor: Actor
): Promise<void> {
  const { workspaceId } = membership
  await deps.changes.transaction(async (tx, announce) => {
    const [removed] = isId('key', keyId)
      ? await tx.$queryRaw<
          { name: string; kid: string }[]
        >`delete from public_key where id = ${keyId} and workspace_id = ${workspaceId} returning name, kid`
      : []
    if (!removed) throw new Fault('not_found', { why: 'no_such_key' })
    announce('workspace', workspaceId)
    await deps.audit.record(tx, { action: 'public_key.removed', actor, target: keyId, workspaceId, details: removed })
  })
}

function validateKey(publicKey: string | JsonWebKey): ValidatedKey {
  const invalid = (message: string, why: string): Fault =>
    new Fault('validation_failed', { why, errors: [{ pointer: '/publicKey', message }] })
  try {
    const validated = validatePublicKey(publicKey)
    if (isSecretKid(validated.kid)) throw invalid('has a kid that is reserved for workspace secrets', 'reserved_kid')
    return validated
  } catch (error) {
    if (error instanceof InvalidKeyError) throw invalid(error.message, error.reason)
    throw error
  }
}

function taken(message: string): Fault {
  return new Fault('conflict', {
    why: 'key_taken',
    detail: `This key ${message}.`,
    errors: [{ pointer: '/publicKey', message }]
  })
}

function viewOf(row: PublicKey): PublicKeyView {
  const jwk = row.jwk as unknown as PublicJwk
  return {
    id: row.id,
    name: row.name,
    kid: row.kid,
    algorithms: row.algorithms as Algorithm[],
    description: describeKey(jwk),
    thumbprint: row.thumbprint,
    publicKey: jwk,
    createdAt: row.createdAt.toISOString()
  }
}
