import { ed25519 } from '@noble/curves/ed25519.js'
import { toInteger } from './base64url.ts'
import { InvalidKeyError } from './key-record.ts'

export const ED25519_KEY_BYTES = 32

/** The order of Ed25519's base point (RFC 8032, section 5.1). */
export const ED25519_ORDER = ed25519.Point.Fn.ORDER

const FIELD_PRIME = ed25519.Point.Fp.ORDER
/** The highest bit of an encoded point is the sign of x (RFC 8032, section 5.1.2). */
const SIGN_BIT = 1n << 255n

/**
 * Checks an encoded Ed25519 point (RFC 8032, section 5.1.3): it is canonical, on the curve, and not one of the eight
 * points whose order divides 8, for which a signature can be made that fits every message.
 *
 * @throws {InvalidKeyError} `malformed` for a wrong length, `invalid_key` for a point that is not canonical or not on
 *   the curve, `weak` for a small order
 */
export function validateEd25519Point(encoded: Uint8Array): void {
  if (encoded.length !== ED25519_KEY_BYTES)
    throw new InvalidKeyError(
      'malformed',
      `an Ed25519 key has ${ED25519_KEY_BYTES} bytes, this one has ${encoded.length}`
    )
  if (toInteger(encoded.toReversed()) % SIGN_BIT >= FIELD_PRIME)
    throw new InvalidKeyError('invalid_key', 'the Ed25519 point is not in its canonical form')
  if (decodePoint(encoded).isSmallOrder())
    throw new InvalidKeyError('weak', 'the Ed25519 point has a small order: anybody could sign for it')
}

function decodePoint(encoded: Uint8Array): InstanceType<typeof ed25519.Point> {
  try {
    // ZIP 215 also reads x = 0 with its sign bit set: such a point has a small order, and the message says that.
    return ed25519.Point.fromBytes(encoded, true)
  } catch (error) {
    throw new InvalidKeyError('invalid_key', 'the Ed25519 point is not on the curve', { cause: error })
  }
}
