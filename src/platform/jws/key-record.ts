import type { Secret } from '../../lib/secret.ts'
import type { Algorithm, EcCurve } from './algorithms.ts'

/** A public key without other members: everything else in the JWK was checked and removed. */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: EcCurve; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }

/**
 * The text's UTF-8 bytes are the HMAC key, as in `jwt.sign(payload, WORKSPACE_SECRET)`: a secret in hex is not decoded.
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
 * A key for verifying tokens, only with these `algorithms` (RFC 8725, section 3.1). Records are immutable values. The
 * imported key of a record is cached as long as the record lives.
 */
export type KeyRecord = SecretKeyRecord | PublicKeyRecord

/**
 * The same key restricted to some algorithms, such as those that a workspace allows. If none is left, the key fits no
 * token.
 */
export function restrictAlgorithms<Key extends KeyRecord>(record: Key, allowed: readonly Algorithm[]): Key {
  return { ...record, algorithms: record.algorithms.filter((algorithm) => allowed.includes(algorithm)) }
}

/** Machine-readable reasons for rejecting a key. The message of the error is for the person who registers the key. */
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

/** A rejected key, with the reason. The message never contains any part of the key. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'
  readonly reason: KeyReason

  constructor(reason: KeyReason, why: string, options?: ErrorOptions) {
    super(why, options)
    this.reason = reason
  }
}
