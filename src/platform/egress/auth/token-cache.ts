import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Clock, MINUTE_MS } from '../../../lib/clock.ts'
import type { Secret } from '../../../lib/secret.ts'
import type { Egress } from '../egress.ts'
import { createTokenEndpoint } from './discovery.ts'
import { AuthenticationError } from './error.ts'
import type { OAuthPolicy } from './policy.ts'
import { requestToken } from './token-request.ts'

/** Access tokens by who asks for them, how and for what. */
export interface Tokens {
  /**
   * A token that is good for a while yet; the same one for everybody who asks with the same policy.
   *
   * @throws {AuthenticationError}
   */
  get(policy: OAuthPolicy): Promise<{ token: Secret; /** It was there already. */ kept: boolean }>
  /** The upstream refused this token: it is not given out again. */
  drop(policy: OAuthPolicy, token: Secret): void
}

/** A token is renewed this long before it expires, so that it does not expire on its way. */
export const TOKEN_EXPIRY_MARGIN_MS = 30_000

/** How long a token is kept whose answer does not say when it expires. */
export const UNKNOWN_TOKEN_LIFETIME_MS = 5 * MINUTE_MS

/** Policies whose tokens are kept, over all flows; the least used go first. */
const MAX_IDENTITIES = 10_000

interface Identity {
  token: Secret | undefined
  goodUntil: number
  refreshToken: Secret | undefined
  pending: Promise<Secret> | undefined
}

export function createTokens(egress: Egress, clock: Clock): Tokens {
  const tokenEndpoint = createTokenEndpoint(egress, clock)
  const identities = new LRUCache<string, Identity>({ max: MAX_IDENTITIES })

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
      // A token that lives hardly longer than the margin is kept for half its life.
      identity.goodUntil = clock.now() + Math.max(lifetimeMs - TOKEN_EXPIRY_MARGIN_MS, lifetimeMs / 2)
      if (policy.grant === 'refresh_token') identity.refreshToken = grant.refreshToken ?? identity.refreshToken
      return grant.token
    } catch (error) {
      // Should the server have forgotten the refresh token that it gave, the next call starts again from the policy's
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
 * Everything that a token depends on: two policies that differ anywhere never share one. Hashed, so that no cache key
 * holds a secret.
 */
function identityKey({ client, password, refreshToken, ...open }: OAuthPolicy): string {
  const secrets = [client.secret, client.assertion, password, refreshToken].map((secret) => secret?.reveal() ?? null)
  return createHash('sha256')
    .update(JSON.stringify([open, client.id ?? null, client.authentication, secrets]))
    .digest('base64')
}
