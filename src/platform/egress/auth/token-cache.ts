import { createHash } from 'node:crypto'
import { type Clock, MINUTE_MS } from '../../../lib/clock.ts'
import { createLru } from '../../../lib/lru.ts'
import type { Secret } from '../../../lib/secret.ts'
import type { Egress } from '../egress.ts'
import { createTokenEndpoint } from './discovery.ts'
import { AuthenticationError } from './error.ts'
import type { OAuthPolicy } from './policy.ts'
import { requestToken } from './token-request.ts'

/** Access tokens by policy. */
export interface Tokens {
  /**
   * Returns a token that stays valid for a while; all callers with the same policy share it.
   * @throws {AuthenticationError}
   */
  get(policy: OAuthPolicy): Promise<{ token: Secret; /** True if it was cached. */ kept: boolean }>
  /** Drops a token that the upstream rejected, so that it is not used again. */
  drop(policy: OAuthPolicy, token: Secret): void
}

/** A token is renewed this long before it expires, so that it does not expire in transit. */
export const TOKEN_EXPIRY_MARGIN_MS = 30_000

/** How long a token without a stated expiry is kept. */
export const UNKNOWN_TOKEN_LIFETIME_MS = 5 * MINUTE_MS

/** The maximum number of policies with a kept token, over all flows. The least recently used ones are dropped first. */
const MAX_IDENTITIES = 10_000

interface Identity {
  token: Secret | undefined
  goodUntil: number
  refreshToken: Secret | undefined
  pending: Promise<Secret> | undefined
}

/**
 * Keeps one token for each OAuth policy until shortly before it expires. Calls that need the same token at once wait
 * for one request.
 */
export function createTokens(egress: Egress, clock: Clock): Tokens {
  const tokenEndpoint = createTokenEndpoint(egress, clock)
  const identities = createLru<Identity>(MAX_IDENTITIES)

  function find(policy: OAuthPolicy): Identity {
    const key = identityKey(policy)
    let identity = identities.get(key)
    if (identity === undefined) {
      identity = { token: undefined, goodUntil: 0, refreshToken: undefined, pending: undefined }
      identities.set(key, identity)
    }
    return identity
  }

  async function renew(identity: Identity, policy: OAuthPolicy): Promise<Secret> {
    try {
      const grant = await requestToken(egress, clock, policy, await tokenEndpoint(policy), identity.refreshToken)
      const lifetimeMs = grant.lifetimeMs ?? UNKNOWN_TOKEN_LIFETIME_MS
      identity.token = grant.token
      // A token whose lifetime is hardly longer than the margin is kept for half of it.
      identity.goodUntil = clock.now() + Math.max(lifetimeMs - TOKEN_EXPIRY_MARGIN_MS, lifetimeMs / 2)
      if (policy.grant === 'refresh_token') identity.refreshToken = grant.refreshToken ?? identity.refreshToken
      return grant.token
    } catch (error) {
      // If the server no longer accepts the refresh token that it issued, the next call starts again with the policy's
      // own.
      if (error instanceof AuthenticationError && error.code === 'token_request') identity.refreshToken = undefined
      throw error
    } finally {
      identity.pending = undefined
    }
  }

  return {
    async get(policy) {
      const identity = find(policy)
      if (identity.token !== undefined && clock.now() < identity.goodUntil) return { token: identity.token, kept: true }
      identity.pending ??= renew(identity, policy)
      return { token: await identity.pending, kept: false }
    },
    drop(policy, token) {
      const identity = find(policy)
      if (identity.token === token) identity.token = undefined
    }
  }
}

/**
 * Everything that a token depends on, so that two different policies never share one. Hashed, so that no cache key
 * contains a secret.
 */
function identityKey({ client, password, refreshToken, ...open }: OAuthPolicy): string {
  const secrets = [client.secret, client.assertion, password, refreshToken].map((secret) => secret?.reveal() ?? null)
  return createHash('sha256')
    .update(JSON.stringify([open, client.id ?? null, client.authentication, secrets]))
    .digest('base64')
}
