import type { Pool } from 'pg'
import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Audit } from '../audit.ts'
import { whyBlocked } from '../customers/check-block.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { isId, newId } from '../lib/ids.ts'
import { createLru } from '../lib/lru.ts'
import { tokenDigest } from '../lib/opaque-token.ts'
import { Secret } from '../lib/secret.ts'
import type { Changes } from '../platform/db/changes.ts'
import { deleteBatches } from '../platform/db/delete-batches.ts'
import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import type { IssuedJwts, IssuedJwtWatcher } from '../tokens/jwt.ts'
import type { VerificationKeyCache } from '../workspaces/verification-keys.ts'
import type { ActionRecord } from './action-cache.ts'
import { type ActionUser, subjectOf } from './user.ts'

export const INTEGRATION_TOKEN_SECONDS = 30 * 60
/** A `typ` of its own, so that no other token is accepted as an integration token, and the other way round. */
export const INTEGRATION_TOKEN_TYPE = 'sluice-integration+jwt'

const REMEMBERED_SIGNATURES = 20_000

/** The checks of a token's claims, in order, after those of the signature. */
export const INTEGRATION_CHECKS = [
  'claims',
  'expiry',
  'action',
  'revocation',
  'workspace',
  'user',
  'suspension'
] as const
export type IntegrationCheck = (typeof INTEGRATION_CHECKS)[number]

export interface IntegrationWatcher extends IssuedJwtWatcher {
  onIntegrationCheck(check: IntegrationCheck, passed: boolean): void
  onClaims(claims: Readonly<Record<string, unknown>>): void
  /** Whether the watching account may see the action. An action that it may not see looks like an absent one. */
  maySee(action: ActionRecord): boolean
}

/** The claims of a token with a valid signature. Times are seconds since 1970. */
interface IntegrationClaims {
  jti: string
  /** The id of the customer or account. */
  sub: string
  /** The id of the action. */
  action: string
  iat: number
  exp: number
}

/** Why a token is refused. `code` is the fault that its holder gets. */
export interface RefusedIntegration {
  why: string
  code?: 'workspace_suspended'
}

export interface VerifiedIntegration {
  action: ActionRecord
  user: ActionUser
}

/**
 * Tokens for one user inside one action. They are not stored; only their revocation is.
 *
 * A token is valid until `exp`, until `revokeIntegrationToken` inserts its `jti` into `revoked_integration_token`, or
 * until its action, its workspace or its user is gone or suspended. Every call checks all of these.
 */
export interface IntegrationTokens {
  sign(action: Pick<ActionRecord, 'id'>, user: ActionUser): Promise<{ token: Secret; expiresAt: Date }>
  /**
   * Returns the action and the user of a valid token, or `why` it is invalid, or undefined if it is not an integration
   * token.
   */
  verify(token: string, watcher?: IntegrationWatcher): Promise<VerifiedIntegration | RefusedIntegration | undefined>
  /**
   * Returns the claims of a token with a valid signature, whether it is still valid or not; undefined for any other
   * text.
   */
  read(token: string): Promise<IntegrationClaims | undefined>
}

export interface IntegrationTokenDeps {
  issuedJwts: IssuedJwts
  actions: RecordCache<ActionRecord>
  workspaces: Pick<VerificationKeyCache, 'byId'>
  accounts: RecordCache<AccountRecord>
  customers: RecordCache<CustomerRecord>
  revocations: RecordCache<Revocation>
  clock: Clock
}

export function createIntegrationTokens(deps: IntegrationTokenDeps): IntegrationTokens {
  /** Claims of tokens with a valid signature, by the SHA-256 of their exact bytes. */
  const signed = createLru<Readonly<Record<string, unknown>>>(REMEMBERED_SIGNATURES)

  async function claimsOf(
    token: string,
    watcher: IntegrationWatcher | undefined
  ): Promise<Readonly<Record<string, unknown>> | { why: string } | undefined> {
    const digest = tokenDigest(token)
    const known = watcher ? undefined : signed.get(digest)
    if (known) return known
    const verified = await deps.issuedJwts.verify(INTEGRATION_TOKEN_TYPE, token, watcher)
    if (!verified || 'why' in verified) return verified
    signed.set(digest, verified.claims)
    return verified.claims
  }

  async function findUser(
    { sub, iat }: Pick<IntegrationClaims, 'sub' | 'iat'>,
    workspaceId: string
  ): Promise<ActionUser | { why: string }> {
    if (isId('cus', sub)) {
      const customer = await deps.customers.get(sub)
      if (customer?.workspaceId !== workspaceId) return { why: 'user_gone_or_suspended' }
      const why = whyBlocked(customer, iat * 1000)
      return why === undefined ? { kind: 'customer', customer } : { why }
    }
    const account = isId('acc', sub) ? await deps.accounts.get(sub) : undefined
    return account && !account.suspended && account.memberships.has(workspaceId)
      ? { kind: 'account', account }
      : { why: 'user_gone_or_suspended' }
  }

  return {
    async sign(action, user) {
      const issuedAt = Math.floor(deps.clock.now() / 1000)
      const expiresAt = issuedAt + INTEGRATION_TOKEN_SECONDS
      const { text } = await deps.issuedJwts.sign(INTEGRATION_TOKEN_TYPE, {
        jti: newId('itk'),
        sub: subjectOf(user),
        action: action.id,
        iat: issuedAt,
        exp: expiresAt
      })
      return { token: new Secret(text), expiresAt: new Date(expiresAt * 1000) }
    },

    async verify(token, watcher) {
      const check = (name: IntegrationCheck, passed: boolean): boolean => {
        watcher?.onIntegrationCheck(name, passed)
        return passed
      }
      const claims = await claimsOf(token, watcher)
      if (!claims || isFailure(claims)) return claims
      watcher?.onClaims(claims)
      if (!check('claims', isOfThisKind(claims)) || !isOfThisKind(claims)) return { why: 'claims_of_another_kind' }
      const { jti, action: actionId, exp } = claims
      if (!check('expiry', exp * 1000 > deps.clock.now())) return { why: 'expired' }
      const found = await deps.actions.get(actionId)
      const action = found && (watcher?.maySee(found) ?? true) ? found : undefined
      if (!check('action', action !== undefined) || !action) return { why: 'action_deleted' }
      // Checked after the action: an account that may not see the action must not learn whether the token was revoked.
      if (!check('revocation', (await deps.revocations.get(jti))?.revoked === false)) return { why: 'revoked' }
      const workspace = await deps.workspaces.byId(action.workspaceId)
      if (!check('workspace', workspace !== undefined) || !workspace) return { why: 'workspace_deleted' }
      const user = await findUser(claims, action.workspaceId)
      check('user', !('why' in user))
      if ('why' in user) return user
      // The last check, because only the holder of a valid token may learn of a suspension.
      if (!check('suspension', !workspace.suspended)) return { why: 'workspace_suspended', code: 'workspace_suspended' }
      return { action, user }
    },

    async read(token) {
      const claims = await claimsOf(token, undefined)
      return claims && !isFailure(claims) && isOfThisKind(claims) ? claims : undefined
    }
  }
}

function isOfThisKind(
  claims: Readonly<Record<string, unknown>>
): claims is Readonly<Record<string, unknown>> & IntegrationClaims {
  const { jti, sub, action, iat, exp } = claims
  return (
    [jti, sub, action].every((text) => typeof text === 'string') && [iat, exp].every((time) => typeof time === 'number')
  )
}

/** Signed claims never have a `why`. */
function isFailure(claims: Readonly<Record<string, unknown>> | { why: string }): claims is { why: string } {
  return typeof claims.why === 'string'
}

/**
 * Whether a token was revoked. Tokens that are not revoked have a record too, so that the cache can keep this answer
 * while the database is down.
 */
interface Revocation {
  revoked: boolean
}

const BY_ID = 'select 1 from revoked_integration_token where id = $1'

/** The cache of revocations, by `jti`. */
export function createRevocations(deps: CacheDeps): RecordCache<Revocation> {
  return createRecordCache(deps, {
    topic: 'integration_token',
    async load(id) {
      const { rowCount } = await deps.database.pool.query({
        name: 'integration_token_revocation',
        text: BY_ID,
        values: [id]
      })
      return { revoked: rowCount !== 0 }
    }
  })
}

/** Revokes one integration token at once, in every process. Revoking it again changes nothing. */
export async function revokeIntegrationToken(
  deps: { changes: Changes; audit: Audit },
  claims: IntegrationClaims,
  workspaceId: string,
  actor: Actor,
  reason?: string
): Promise<void> {
  const { jti, sub, action, exp } = claims
  await deps.changes.transaction(async (tx, announce) => {
    const { count } = await tx.revokedIntegrationToken.createMany({
      data: { id: jti, expiresAt: new Date(exp * 1000) },
      skipDuplicates: true
    })
    if (count === 0) return
    announce('integration_token', jti)
    await deps.audit.record(tx, {
      action: 'integration_token.revoked',
      actor,
      target: action,
      workspaceId,
      details: { user: sub, token: jti, ...(reason === undefined ? {} : { reason }) }
    })
  })
}

/** Deletes the revocations of tokens that have expired. */
export async function trimRevocations(
  { pool, clock }: { pool: Pool; clock: Clock },
  signal?: AbortSignal
): Promise<void> {
  const expired = { table: 'revoked_integration_token', where: 'expires_at < $1', values: [new Date(clock.now())] }
  await deleteBatches(pool, expired, signal)
}
