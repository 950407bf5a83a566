import type { Secret } from '../../lib/secret.ts'
import type { Algorithm, EcCurve } from './algorithms.ts'

/** A public key with nothing in it but the key: what else a JWK may say has been judged and left out. */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: EcCurve; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }

/**
 * The text's UTF-8 bytes are the HMAC key, as in `jwt.sign(payload, WORKSPACE_SECRET)`: a secret written in hex is not
 * decoded.
 */
export type HmacSecret = Secret<string> | Secret<Uint8Array>

export interface SecretKeyRecord {
  readonly kid: string
  readonly algorithms: readonly Algorithm[]
  readonly key: { readonly type: 'secret'; readonly secret: HmacSecret }
}

export interface PublicKeyRecord {
  readonly kid: string
  readonly algorithms: readonly Algorithm[]
  readonly key: { readonly type: 'public'; readonly jwk: PublicJwk }
}

/**
 * A key that tokens are verified with. `algorithms` are the only ones it may be used with (RFC 8725, section 3.1).
 * Records are values: to change one, make another. What was imported for a record is remembered as long as the record
 * lives.
 */
export type KeyRecord = SecretKeyRecord | PublicKeyRecord

/**
 * The same key for fewer algorithms, such as those that a workspace allows. It may end up with none, and then fits no
 * token.
 */
export function restrictAlgorithms<Key extends KeyRecord>(record: Key, allowed: readonly Algorithm[]): Key {
  return { ...record, algorithms: record.algorithms.filter((algorithm) => allowed.includes(algorithm)) }
}

/** Why a key is not taken, for programs. The sentence beside it is for whoever tried to register the key. */
export const KEY_REASONS = [
  'malformed',
  'private_key',
  'symmetric_key',
  'certificate',
  'unsupported',
  'contradictory',
  'weak',
  'invalid_key',
  'invalid_kid',
  'duplicate_kid',
  'too_many_keys'
] as const

export type KeyReason = (typeof KEY_REASONS)[number]

/** A key that is not registered, with the reason. Its message never holds any part of the key. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'
  readonly reason: KeyReason

  constructor(reason: KeyReason, why: string, options?: ErrorOptions) {
    super(why, options)
    this.reason = reason
  }
}
