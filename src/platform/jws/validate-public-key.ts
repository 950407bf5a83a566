import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto'
import { type Algorithm, ALGORITHM_NAMES, COORDINATE_BYTES, isEcCurve, isKid, KID_RULE, kindOf } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { validateEd25519Point } from './ed25519-point.ts'
import { InvalidKeyError, type PublicJwk, type PublicKeyRecord } from './key-record.ts'
import { readKeyText } from './read-key-text.ts'
import { validateRsaNumbers } from './rsa-key.ts'
import { quote } from './strict-json.ts'

/** A valid public key: a record to verify with, and its description. */
export interface ValidatedKey extends PublicKeyRecord {
  /** RFC 7638, SHA-256, base64url: equal for equal keys, whatever other members they have. */
  readonly thumbprint: string
  /** Such as `RSA 2048`, `EC P-256`, `Ed25519`. */
  readonly description: string
}

/**
 * Validates a public key for verifying tokens: PEM (SPKI), a JWK, or a JWK as text. Returns the bare key, its `kid` (by
 * default the thumbprint) and its algorithms: the one that it names, otherwise all that its type supports.
 * @throws InvalidKeyError for anything that is not a valid public key for signatures, with the reason
 */
export function validatePublicKey(input: string | JsonWebKey): ValidatedKey {
  const given = typeof input === 'string' ? readKeyText(input) : input
  refuseSecrets(given)
  const jwk = readKeyNumbers(given)
  refuseOtherUses(given)
  const thumbprint = thumbprintOf(jwk)
  return {
    kid: readKid(given) ?? thumbprint,
    algorithms: readAlgorithms(given, jwk),
    key: { type: 'public', jwk },
    thumbprint,
    description: describeKey(jwk)
  }
}

function refuseSecrets(given: JsonWebKey): void {
  if (given.kty === 'oct' || Object.hasOwn(given, 'k')) {
    throw new InvalidKeyError(
      'symmetric_key',
      'this is a symmetric key: everyone who can verify with it can sign. ' +
        'Use the workspace secret for HS256, HS384 and HS512'
    )
  }
  // RFC 7518, sections 6.2.2 and 6.3.2; the post-quantum key type AKP calls it `priv`.
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'].find((name) => Object.hasOwn(given, name))
  if (secret !== undefined) {
    throw new InvalidKeyError(
      'private_key',
      `this is a private key (it has "${secret}"): ` +
        'register its public half, and replace the key, because it is now exposed'
    )
  }
}

function readKeyNumbers(given: JsonWebKey): PublicJwk {
  switch (given.kty) {
    case 'RSA':
      return readRsa(given)
    case 'EC':
      return readEc(given)
    case 'OKP':
      return readOkp(given)
    default:
      throw new InvalidKeyError(
        'unsupported',
        `keys of type ${quote(given.kty)} are not supported: use RSA, EC or OKP (Ed25519)`
      )
  }
}

function readRsa(given: JsonWebKey): PublicJwk {
  const n = readMember(given, 'n')
  const e = readMember(given, 'e')
  validateRsaNumbers(n.bytes, e.bytes)
  return imported({ kty: 'RSA', n: n.text, e: e.text })
}

function readEc(given: JsonWebKey): PublicJwk {
  const { crv } = given
  if (!isEcCurve(crv))
    throw new InvalidKeyError('unsupported', `the curve ${quote(crv)} is not one of P-256, P-384 and P-521`)
  const x = readMember(given, 'x')
  const y = readMember(given, 'y')
  const bytes = COORDINATE_BYTES[crv]
  if (x.bytes.length !== bytes || y.bytes.length !== bytes) {
    throw new InvalidKeyError(
      'malformed',
      `coordinates on ${crv} have ${bytes} bytes each (RFC 7518, section 6.2.1), ` +
        `these have ${x.bytes.length} and ${y.bytes.length}`
    )
  }
  return imported({ kty: 'EC', crv, x: x.text, y: y.text })
}

function readOkp(given: JsonWebKey): PublicJwk {
  if (given.crv !== 'Ed25519')
    throw new InvalidKeyError('unsupported', `the curve ${quote(given.crv)} is not supported: use Ed25519`)
  const x = readMember(given, 'x')
  validateEd25519Point(x.bytes)
  return imported({ kty: 'OKP', crv: 'Ed25519', x: x.text })
}

function readMember(given: JsonWebKey, name: string): { text: string; bytes: Uint8Array } {
  const text = Object.hasOwn(given, name) ? given[name] : undefined
  const bytes = typeof text === 'string' && text !== '' ? decodeBase64url(text) : undefined
  if (typeof text !== 'string' || bytes === undefined)
    throw new InvalidKeyError('malformed', `the member "${name}" must be base64url text without padding`)
  return { text, bytes }
}

/** The library validates the key last. For EC it checks that the point is on its curve. */
function imported<Jwk extends PublicJwk>(jwk: Jwk): Jwk {
  try {
    createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new InvalidKeyError(
      'invalid_key',
      jwk.kty === 'EC' ? `the point is not on the curve ${jwk.crv}` : 'the key cannot be used'
    )
  }
  return jwk
}

function refuseOtherUses(given: JsonWebKey): void {
  const { use, key_ops: operations } = given
  if (use !== undefined && use !== 'sig')
    throw new InvalidKeyError('contradictory', `the use of the key is ${quote(use)}, not "sig"`)
  if (operations === undefined) return
  // RFC 7517, section 4.3: a key must not have unrelated operations, and a public key supports only one.
  if (!Array.isArray(operations) || operations.length !== 1 || operations[0] !== 'verify') {
    throw new InvalidKeyError(
      'contradictory',
      `the key_ops of the key are ${quote(operations)}; a public key for signatures has ["verify"] or none`
    )
  }
}

function readKid({ kid }: JsonWebKey): string | undefined {
  if (kid === undefined || isKid(kid)) return kid
  throw new InvalidKeyError('invalid_kid', `the key's kid must be ${KID_RULE}`)
}

function readAlgorithms({ alg }: JsonWebKey, jwk: PublicJwk): readonly Algorithm[] {
  const fitting = ALGORITHM_NAMES.filter((algorithm) => fits(algorithm, jwk))
  if (alg === undefined) return fitting
  const named = fitting.filter((algorithm) => algorithm === alg)
  if (named.length > 0) return named
  throw new InvalidKeyError(
    'contradictory',
    `the key says that its algorithm is ${quote(alg)}; with ${describeKey(jwk)} it can be ${fitting.join(', ')}`
  )
}

function fits(algorithm: Algorithm, jwk: PublicJwk): boolean {
  const kind = kindOf(algorithm)
  switch (jwk.kty) {
    case 'RSA':
      return kind.family === 'rsa'
    case 'EC':
      return kind.family === 'ecdsa' && kind.curve === jwk.crv
    case 'OKP':
      return kind.family === 'eddsa'
  }
}

/** RFC 7638, section 3: the required members, ordered by name, without whitespace. */
function thumbprintOf(jwk: PublicJwk): string {
  const members = Object.fromEntries(Object.entries(jwk).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** Such as `RSA 2048`, `EC P-256`, `Ed25519`. */
export function describeKey(jwk: PublicJwk): string {
  switch (jwk.kty) {
    // A validated modulus starts with a non-zero byte, so its bit length follows from that byte.
    case 'RSA':
      return `RSA ${modulusBits(jwk.n)}`
    case 'EC':
      return `EC ${jwk.crv}`
    case 'OKP':
      return jwk.crv
  }
}

function modulusBits(n: string): number {
  const bytes = Buffer.from(n, 'base64url')
  return bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24
}
