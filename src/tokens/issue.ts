import type { ConfirmedOwner } from '../accounts/confirmation.ts'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { type Clock, DAY_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { tokenDigestBytes, newOpaque } from '../lib/opaque-token.ts'
import { Secret } from '../lib/secret.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Prisma } from '../platform/db/client.ts'
import type { ApiTokenJwt } from './jwt.ts'
import { requirePolicy } from './check-policy.ts'
import { endWithin, type ManagementBounds, refuseManagement, scopeWithin } from './management-bounds.ts'
import type { Permission } from './permissions.ts'
import { checkScope } from './scope.ts'
import {
  publicToken,
  type PublicToken,
  type RateLimit,
  scopeColumns,
  START_LENGTH,
  type TokenFormat,
  type TokenScope,
  type TokenMetadata
} from './token.ts'

/** The most live tokens of an account. A rotated token counts until its overlap ends. */
export const LIVE_TOKENS_MAX = 10_000

export interface IssueDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  apiTokenJwt: ApiTokenJwt
}

export interface NewToken {
  name: string
  /** 0 = never expires. */
  days: number
  format: TokenFormat
  scope?: TokenScope | null | undefined
  /** null = from any address. */
  allowedIps?: readonly string[] | null | undefined
  rateLimit?: RateLimit | null | undefined
  /** Calls per UTC day. */
  dailyQuota?: number | null | undefined
  enabled?: boolean | undefined
  description?: string | null | undefined
  metadata?: TokenMetadata | undefined
  /** The permissions of a management token. Absent = an API token. */
  permissions?: readonly Permission[] | null | undefined
}

/** A new token with its text. The text cannot be read later. */
export interface IssuedToken extends PublicToken {
  token: Secret
}

/**
 * Issues a token to an account that has just confirmed its password.
 * @param bounds those of the management token that issues it in place of a person
 * @throws Fault `insufficient_scope` beyond the bounds; `conflict` if a live token of the account has the name, or
 *   there are {@link LIVE_TOKENS_MAX} of them; `validation_failed` if the scope names a workspace or listener that the
 *   account cannot see, or a policy does not allow the expiry
 * @example
 * const owner = await confirmPassword(deps, account, password, actor, 'token creation')
 * const { token } = await issueToken(deps, owner, { name: 'ERP', days: 365, format: 'opaque' }, actor)
 */
export async function issueToken(
  deps: IssueDeps,
  { accountId }: ConfirmedOwner,
  input: NewToken,
  actor: Actor,
  bounds?: ManagementBounds
): Promise<IssuedToken> {
  refuseManagement(bounds, input.permissions)
  if (input.permissions) checkManagementToken(input)
  return deps.changes.transaction(async (tx) => {
    await lockAccount(tx, accountId)
    await refuseTakenName(tx, accountId, input.name, new Date(deps.clock.now()))
    await refuseTooManyTokens(tx, accountId, new Date(deps.clock.now()))
    const scope = await scopeWithin(tx, bounds, input.scope)
    await checkScope(tx, accountId, scope)
    const createdAt = deps.clock.now()
    const expiresAt = endWithin(bounds, expiryOf(createdAt, input.days))
    await requirePolicy(tx, { ...scopeColumns(scope), accountId }, { createdAt, expiresAt }, '/days')
    const issued = await insertToken(tx, deps, accountId, { ...input, scope }, expiresAt)
    await deps.audit.record(tx, {
      action: 'token.created',
      actor,
      target: issued.id,
      details: {
        name: input.name,
        format: input.format,
        expiresAt: issued.expiresAt,
        ...(input.permissions ? { permissions: input.permissions } : {})
      }
    })
    return issued
  })
}

/** Creates the text of a token and its row. The row holds only the SHA-256 of the text. */
export async function insertToken(
  tx: Prisma.TransactionClient,
  deps: Pick<IssueDeps, 'clock' | 'apiTokenJwt'>,
  accountId: string,
  input: Omit<NewToken, 'days'> & { replacesId?: string },
  expiresAt: Date | null
): Promise<IssuedToken> {
  const id = newId('tok')
  const createdAt = new Date(deps.clock.now())
  const { text, kid } =
    input.format === 'opaque'
      ? { text: newOpaque(input.permissions ? 'slm_' : 'slc_'), kid: null }
      : await deps.apiTokenJwt.sign({
          sub: accountId,
          jti: id,
          iat: Math.floor(createdAt.getTime() / 1000),
          ...(expiresAt ? { exp: expiresAt.getTime() / 1000 } : {})
        })
  const row = await tx.token.create({
    data: {
      id,
      accountId,
      name: input.name,
      format: input.format,
      digest: tokenDigestBytes(text),
      // All JWTs start alike, so the `jti` is shown instead.
      start: (input.format === 'jwt' ? id : text).slice(0, START_LENGTH),
      ...scopeColumns(input.scope),
      allowedIps: [...(input.allowedIps ?? [])],
      ...(input.rateLimit ? { rateLimit: { ...input.rateLimit } } : {}),
      dailyQuota: input.dailyQuota ?? null,
      enabled: input.enabled ?? true,
      description: input.description ?? null,
      metadata: { ...input.metadata },
      permissions: [...(input.permissions ?? [])],
      replacesId: input.replacesId ?? null,
      signingKid: kid,
      createdAt,
      expiresAt
    }
  })
  return { ...publicToken(row), token: new Secret(text) }
}

/** @throws Fault `validation_failed` for fields that do not apply to a management token, which calls no listeners */
export function checkManagementToken({
  format,
  scope,
  rateLimit,
  dailyQuota
}: Pick<NewToken, 'format' | 'scope' | 'rateLimit' | 'dailyQuota'>): void {
  const errors = [
    ...(format === 'jwt' ? [{ pointer: '/format', message: 'must be opaque for a management token' }] : []),
    ...(scope?.listeners
      ? [{ pointer: '/scope/listeners', message: 'must be absent for a management token: it manages workspaces' }]
      : []),
    ...(rateLimit
      ? [{ pointer: '/rateLimit', message: 'must be absent for a management token: it limits calls of listeners' }]
      : []),
    ...(dailyQuota
      ? [{ pointer: '/dailyQuota', message: 'must be absent for a management token: it limits calls of listeners' }]
      : [])
  ]
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
}

/** Locks an account until the transaction ends, so that only one transaction at a time changes its tokens. */
export async function lockAccount(tx: Prisma.TransactionClient, accountId: string): Promise<void> {
  await tx.$queryRaw`select 1 from account where id = ${accountId} for update`
}

/**
 * The caller must hold the lock of the account.
 * @throws Fault `conflict` if the account has {@link LIVE_TOKENS_MAX} tokens that have not ended
 */
export async function refuseTooManyTokens(tx: Prisma.TransactionClient, accountId: string, now: Date): Promise<void> {
  const live = await tx.token.count({
    where: { accountId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  })
  if (live >= LIVE_TOKENS_MAX)
    throw new Fault('conflict', {
      why: 'too_many_live_tokens',
      detail: `An account can have at most ${LIVE_TOKENS_MAX} live tokens: revoke some that are not needed.`
    })
}

/** @throws Fault `conflict` if a live token has the name. A rotated token in its overlap does not count. */
export async function refuseTakenName(
  tx: Prisma.TransactionClient,
  accountId: string,
  name: string,
  now: Date,
  exceptId?: string
): Promise<void> {
  const taken = await tx.token.findFirst({
    where: {
      accountId,
      name,
      revokedAt: null,
      replacedById: null,
      OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
      ...(exceptId ? { id: { not: exceptId } } : {})
    },
    select: { id: true }
  })
  if (taken)
    throw new Fault('conflict', {
      detail: 'One of your live tokens already has this name.',
      errors: [{ pointer: '/name', message: 'is taken by a live token' }]
    })
}

/** When a token issued now expires, in whole seconds like a JWT's `exp`; 0 days = never. A day is always 24 hours. */
function expiryOf(now: number, days: number): Date | null {
  return days === 0 ? null : new Date(Math.floor((now + days * DAY_MS) / 1000) * 1000)
}
