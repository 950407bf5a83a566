import type { Clock } from '../lib/clock.ts'
import { createLru } from '../lib/lru.ts'
import { tokenDigest } from '../lib/opaque-token.ts'
import { kindOf } from '../platform/jws/algorithms.ts'
import type { Issuer, SignerHint } from '../platform/jws/checks.ts'
import { type Inspection, inspectJws } from '../platform/jws/inspect-jws.ts'
import { type KeyRecord, restrictAlgorithms } from '../platform/jws/key-record.ts'
import { type CustomerRules, type CustomerToken, verifyCustomerToken } from '../platform/jws/verify-customer-token.ts'
import type { KeySets } from '../workspaces/key-sets.ts'
import type { WorkspaceKeys, VerificationKeyCache } from '../workspaces/verification-keys.ts'

/** A valid customer or admin token, and the keys of the workspace that signed it. */
export interface VerifiedToken {
  token: CustomerToken
  keys: WorkspaceKeys
}

export interface CustomerVerifier {
  /** Returns the remembered result of an earlier verification, if its key and its workspace's rules still apply. */
  recall(compact: string): VerifiedToken | undefined | Promise<VerifiedToken | undefined>
  /** @throws (rejects with) JwsError; Fault `unavailable` if the keys cannot be fetched */
  verify(compact: string): Promise<VerifiedToken>
  /** Returns the result of each check. Workspaces for which `maySee` returns false look absent. */
  inspect(
    compact: string,
    maySee: (workspaceId: string) => boolean
  ): Promise<{ inspection: Inspection; keys: WorkspaceKeys | undefined }>
}

export interface CustomerVerifierDeps {
  workspaces: VerificationKeyCache
  keySets: KeySets
  clock: Clock
  /** The accepted values of `aud`. */
  audiences: readonly string[]
}

const REMEMBERED_TOKENS = 50_000

/**
 * Verifies tokens that customers' back ends signed. It remembers a valid token by the SHA-256 of its exact bytes, until
 * its `exp` or until the workspace's keys or rules change: the first call after a key is removed verifies again and
 * fails.
 */
export function createCustomerVerifier(deps: CustomerVerifierDeps): CustomerVerifier {
  const { clock, keySets, workspaces } = deps
  const remembered = createLru<VerifiedToken>(REMEMBERED_TOKENS)

  function rulesFor(
    onFound: (keys: WorkspaceKeys) => void,
    maySee: (workspaceId: string) => boolean = () => true
  ): CustomerRules {
    return {
      now: clock.now(),
      audiences: deps.audiences,
      async findIssuer(hint) {
        const keys = await workspaces.byKey(hint.workspaceKey)
        if (!keys || !maySee(keys.workspaceId)) return undefined
        onFound(keys)
        return issuerOf(keys, hint)
      }
    }
  }

  async function issuerOf(keys: WorkspaceKeys, { alg, kid }: SignerHint): Promise<Issuer> {
    const own = keys.own.filter(({ validUntil }) => validUntil > clock.now()).map(({ record }) => record)
    const { algorithms, jwksUri } = keys
    // A registered kid is never looked up in the published set, and a published key never overrides a registered one.
    const published =
      jwksUri !== undefined &&
      kindOf(alg).family !== 'hmac' &&
      !own.some((record) => kid !== undefined && record.kid === kid)
        ? (await keySets.get(keys.workspaceId, jwksUri, kid)).filter(
            (key) => !own.some((record) => record.kid === key.kid)
          )
        : []
    const all: KeyRecord[] = [...own, ...published]
    // If the algorithm is allowed, the records stay the same objects, because imported keys are remembered by object.
    const allowed = !algorithms || algorithms.includes(alg)
    return {
      keys: allowed ? all : all.map((record) => restrictAlgorithms(record, algorithms)),
      maxTokenSeconds: keys.maxTokenSeconds
    }
  }

  async function stillHolds({ token, keys }: VerifiedToken): Promise<boolean> {
    const own = keys.own.find(({ record }) => record === token.key)
    if (own) return own.validUntil > clock.now()
    return (
      keys.jwksUri !== undefined &&
      (await keySets.get(keys.workspaceId, keys.jwksUri, token.key.kid)).some((key) => key === token.key)
    )
  }

  function checkRecalled(
    known: VerifiedToken,
    keys: WorkspaceKeys | undefined
  ): VerifiedToken | undefined | Promise<VerifiedToken | undefined> {
    if (keys !== known.keys) return undefined
    // Nearly always it is a key of the workspace itself, which can be checked synchronously.
    if (keys.own.some(({ record, validUntil }) => record === known.token.key && validUntil > clock.now())) return known
    return stillHolds(known).then((holds) => (holds ? known : undefined))
  }

  return {
    recall(compact) {
      const digest = tokenDigest(compact)
      const known = remembered.get(digest)
      if (!known || known.token.expiresAt <= clock.now()) return undefined
      const keys = workspaces.byId(known.keys.workspaceId)
      return keys instanceof Promise ? keys.then((now) => checkRecalled(known, now)) : checkRecalled(known, keys)
    },

    async verify(compact) {
      let keys: WorkspaceKeys | undefined
      const token = await verifyCustomerToken(
        compact,
        rulesFor((found) => {
          keys = found
        })
      )
      if (!keys) throw new Error('a token was verified without a workspace')
      const verified = { token, keys }
      remembered.set(tokenDigest(compact), verified)
      return verified
    },

    async inspect(compact, maySee) {
      let keys: WorkspaceKeys | undefined
      const inspection = await inspectJws(
        compact,
        rulesFor((found) => {
          keys = found
        }, maySee)
      )
      return { inspection, keys }
    }
  }
}
