import type { JsonWebKey } from 'node:crypto'
import { isObject } from '../../lib/json.ts'
import { InvalidKeyError, type KeyReason } from './key-record.ts'
import { MAX_KEY_SET_KEYS } from './limits.ts'
import { validatePublicKey, type ValidatedKey } from './validate-public-key.ts'

export interface ValidatedKeySet {
  readonly keys: readonly ValidatedKey[]
  /**
   * Keys of the set that are ignored, with the reason: encryption keys, unknown types, weak ones. Never the key itself.
   */
  readonly leftOut: readonly LeftOutKey[]
}

export interface LeftOutKey {
  readonly kid: string | undefined
  readonly reason: KeyReason
  readonly why: string
}

/**
 * Validates a customer's published key set (RFC 7517, section 5). Keys that cannot verify are ignored, as the RFC
 * requires, so that a set may contain encryption keys and future types.
 * @throws InvalidKeyError for the whole set if it is not a set, has too many keys or repeats a `kid`, or publishes a
 *   private or symmetric key, because the whole set must then be considered compromised
 */
export function validateKeySet(set: unknown): ValidatedKeySet {
  const members = readMembers(set)
  const keys: ValidatedKey[] = []
  const leftOut: LeftOutKey[] = []
  for (const member of members) {
    try {
      keys.push(validatePublicKey(member))
    } catch (error) {
      if (!(error instanceof InvalidKeyError) || error.reason === 'private_key' || error.reason === 'symmetric_key')
        throw error
      leftOut.push({
        kid: typeof member.kid === 'string' ? member.kid : undefined,
        reason: error.reason,
        why: error.message
      })
    }
  }
  if (new Set(keys.map((key) => key.kid)).size !== keys.length)
    throw new InvalidKeyError('duplicate_kid', 'two keys of the set have the same kid')
  return { keys, leftOut }
}

function readMembers(set: unknown): JsonWebKey[] {
  if (!isObject(set) || !Array.isArray(set.keys) || !set.keys.every(isObject)) {
    throw new InvalidKeyError('malformed', 'a key set is a JSON object whose member "keys" is an array of JWKs')
  }
  if (set.keys.length > MAX_KEY_SET_KEYS)
    throw new InvalidKeyError(
      'too_many_keys',
      `the set has ${set.keys.length} keys; at most ${MAX_KEY_SET_KEYS} are allowed`
    )
  return set.keys
}
