import { toInteger } from './base64url.ts'
import { InvalidKeyError } from './key-record.ts'

/**
 * A modulus below 2048 bits can be factored (RFC 7518, section 3.3); above 8192 bits a verification is too expensive.
 */
export const MIN_RSA_BITS = 2048
export const MAX_RSA_BITS = 8192

/**
 * FIPS 186-5, section 5.4, requires more than 2^16. No library creates exponents beyond 32 bits, and some cannot read
 * them.
 */
export const MIN_RSA_EXPONENT = 65_537n
export const MAX_RSA_EXPONENT = 0xffff_ffffn

const LARGEST_TRIAL_PRIME = 4096
const FERMAT_ROUNDS = 100

/**
 * Validates the numbers of an RSA public key: sizes, exponent, and the weaknesses that are visible in them.
 * @throws InvalidKeyError
 */
export function validateRsaNumbers(modulus: Uint8Array, exponent: Uint8Array): void {
  if (modulus[0] === 0 || exponent[0] === 0)
    throw new InvalidKeyError('malformed', 'n and e must not start with a zero byte (RFC 7518, section 6.3.1)')
  const n = toInteger(modulus)
  const e = toInteger(exponent)
  const bits = n.toString(2).length
  if (bits < MIN_RSA_BITS)
    throw new InvalidKeyError('weak', `the RSA modulus has ${bits} bits; at least ${MIN_RSA_BITS} are needed`)
  if (bits > MAX_RSA_BITS)
    throw new InvalidKeyError('unsupported', `the RSA modulus has ${bits} bits; at most ${MAX_RSA_BITS} are allowed`)
  if (e % 2n === 0n) throw new InvalidKeyError('invalid_key', 'the RSA exponent is even, so this cannot be an RSA key')
  if (e < MIN_RSA_EXPONENT || e > MAX_RSA_EXPONENT) {
    throw new InvalidKeyError(
      'weak',
      `the RSA exponent must be between ${MIN_RSA_EXPONENT} and ${MAX_RSA_EXPONENT}; 65537 is the usual one`
    )
  }
  if (hasRocaFingerprint(n))
    throw new InvalidKeyError('weak', 'the RSA modulus has the ROCA fingerprint (CVE-2017-15361): it can be factored')
  const factor = SMALL_PRIMES.find((prime) => n % prime === 0n)
  if (factor !== undefined) throw new InvalidKeyError('weak', `the RSA modulus is divisible by ${factor}`)
  if (hasCloseFactors(n))
    throw new InvalidKeyError(
      'weak',
      'the two primes of the RSA modulus are so close that it can be factored (CVE-2022-26320)'
    )
}

function primesUpTo(limit: number): bigint[] {
  const primes: number[] = []
  for (let candidate = 2; candidate <= limit; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes.map(BigInt)
}

const SMALL_PRIMES = primesUpTo(LARGEST_TRIAL_PRIME)

const LARGEST_ROCA_PRIME = 167n

/** For each odd prime up to 167, the possible remainders of powers of 65537. */
const ROCA_REMAINDERS = SMALL_PRIMES.filter((prime) => prime > 2n && prime <= LARGEST_ROCA_PRIME).map((prime) => ({
  prime,
  powers: powersOf65537(prime)
}))

function powersOf65537(prime: bigint): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * 65_537n) % prime) powers.add(power)
  return powers
}

/**
 * Primes of the broken generator have the form k·M + (65537^a mod M), where M is a product of small primes. Their
 * product is therefore a power of 65537 modulo each of these primes. A sound modulus has this property by chance once
 * in 2^27. (Nemec et al., "The Return of Coppersmith's Attack", 2017.)
 */
function hasRocaFingerprint(n: bigint): boolean {
  return ROCA_REMAINDERS.every(({ prime, powers }) => powers.has(n % prime))
}

/** Fermat's method: if n = p·q with p near q, n is a difference of two squares, one of them just above n. */
function hasCloseFactors(n: bigint): boolean {
  const root = squareRoot(n)
  if (root * root === n) return true
  for (let a = root + 1n; a <= root + BigInt(FERMAT_ROUNDS); a++) {
    if (isSquare(a * a - n)) return true
  }
  return false
}

const SQUARES_MODULO_64 = new Set(Array.from({ length: 64 }, (_, root) => BigInt((root * root) % 64)))

function isSquare(value: bigint): boolean {
  // Six bits rule out four of five values; only for the rest is the root of a number with thousands of bits computed.
  if (!SQUARES_MODULO_64.has(value & 63n)) return false
  const root = squareRoot(value)
  return root * root === value
}

/** The integer square root, rounded down (Newton). */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  for (let next = (root + value / root) >> 1n; next < root; next = (root + value / root) >> 1n) root = next
  return root
}
