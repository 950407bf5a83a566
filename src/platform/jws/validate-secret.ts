import { type Algorithm, HMAC_ALGORITHMS, isKid, KID_RULE, kindOf } from './algorithms.ts'
import { type HmacSecret, InvalidKeyError, type SecretKeyRecord } from './key-record.ts'
import { quote } from './strict-json.ts'

export interface SecretOptions {
  /** The required `kid` of tokens that have one. */
  kid: string
  /** Default: every HMAC algorithm for which the secret is long enough. */
  algorithms?: readonly string[]
}

const LEAST_DEMANDING: Algorithm = 'HS256'

/**
 * Creates a record for a shared secret: only for HMAC, and only if the secret is at least as long as the hash (RFC
 * 7518, section 3.2).
 * @throws InvalidKeyError if no algorithm is left, or if a given one does not fit the secret
 */
export function validateSecret(secret: HmacSecret, options: SecretOptions): SecretKeyRecord {
  if (!isKid(options.kid)) throw new InvalidKeyError('invalid_kid', `a secret's kid must be ${KID_RULE}`)
  const named = options.algorithms?.map(readHmacAlgorithm)
  const tooMuch = (named ?? [LEAST_DEMANDING]).find((algorithm) => !isLongEnough(secret, algorithm))
  if (tooMuch !== undefined)
    throw new InvalidKeyError(
      'weak',
      `the secret is too short for ${tooMuch}, which needs ${secretBytesFor(tooMuch)} bytes`
    )
  const algorithms = named ?? HMAC_ALGORITHMS.filter((algorithm) => isLongEnough(secret, algorithm))
  return { kid: options.kid, algorithms, key: { type: 'secret', secret } }
}

/** The HMAC key: bytes unchanged, text as its UTF-8 bytes. */
export function secretBytes(secret: HmacSecret): Uint8Array {
  const value = secret.reveal()
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value
}

/** Whether a secret has the bytes that {@link secretBytesFor} asks for. */
export function isLongEnough(secret: HmacSecret, algorithm: Algorithm): boolean {
  return secretBytes(secret).length >= secretBytesFor(algorithm)
}

/**
 * The number of bytes that an algorithm requires of a secret (RFC 7518, section 3.2); Infinity for algorithms other
 * than HMAC.
 */
export function secretBytesFor(algorithm: Algorithm): number {
  const kind = kindOf(algorithm)
  return kind.family === 'hmac' ? kind.bytes : Infinity
}

function readHmacAlgorithm(name: string): Algorithm {
  const algorithm = HMAC_ALGORITHMS.find((known) => known === name)
  if (algorithm === undefined)
    throw new InvalidKeyError(
      'contradictory',
      `a secret cannot be used with ${quote(name)}: HS256, HS384 and HS512 are for secrets`
    )
  return algorithm
}
