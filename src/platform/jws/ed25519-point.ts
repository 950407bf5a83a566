import { toInteger } from './base64url.ts'
import { InvalidKeyError } from './key-record.ts'

export const ED25519_KEY_BYTES = 32

/** The order of Ed25519's base point (RFC 8032, section 5.1). */
export const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

const P = 2n ** 255n - 19n
const D = modulo(-121665n * inverse(121666n))

/**
 * Judges an encoded Ed25519 point (RFC 8032, section 5.1.3): canonical, on the curve, and not one of the eight whose order divides 8, with
 * which a signature can be made that fits every message.
 * @throws KeyRefused
 */
export function validateEd25519Point(encoded: Uint8Array): void {
  if (encoded.length !== ED25519_KEY_BYTES)
    throw new InvalidKeyError(
      'malformed',
      `an Ed25519 key has ${ED25519_KEY_BYTES} bytes, this one has ${encoded.length}`
    )
  const y = toInteger(encoded.toReversed()) & ((1n << 255n) - 1n)
  if (y >= P) throw new InvalidKeyError('invalid_key', 'the Ed25519 point is not in its canonical form')
  if (!isOnCurve(y)) throw new InvalidKeyError('invalid_key', 'the Ed25519 point is not on the curve')
  if (double(double(double(y))) === 1n)
    throw new InvalidKeyError('weak', 'the Ed25519 point has a small order: anybody could sign for it')
}

// Curve: -x² + y² = 1 + D·x²·y². Only squares of x are needed here, so no square root is ever taken.
function xSquared(y: bigint): bigint {
  const ySquared = y * y
  return modulo((ySquared - 1n) * inverse(D * ySquared + 1n))
}

function isOnCurve(y: bigint): boolean {
  const square = xSquared(y)
  return square === 0n || power(square, (P - 1n) / 2n) === 1n
}

/** The y of twice a point with this y. The neutral element is the only point with y = 1. */
function double(y: bigint): bigint {
  const ySquared = y * y
  const square = xSquared(y)
  return modulo((ySquared + square) * inverse(2n + square - ySquared))
}

function modulo(value: bigint): bigint {
  const remainder = value % P
  return remainder < 0n ? remainder + P : remainder
}

function inverse(value: bigint): bigint {
  return power(modulo(value), P - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
