import { MAX_KID_CHARS } from './limits.ts'

/** The kind of a signature, with the parameters that `jose` and `node:crypto` need. */
export type AlgorithmKind =
  | { family: 'hmac'; hash: Hash; bytes: number }
  | { family: 'rsa'; hash: Hash; padding: 'pkcs1' | 'pss' }
  | { family: 'ecdsa'; hash: Hash; curve: EcCurve }
  | { family: 'eddsa' }

export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'
export type EcCurve = 'P-256' | 'P-384' | 'P-521'

/**
 * Every supported algorithm: RFC 7518, section 3.1; `EdDSA` with Ed25519 from RFC 8037, and `Ed25519`, its name in RFC
 * 9864. Left out on purpose: `none`; `ES256K` and Ed448, which neither jose nor the customers' usual libraries support.
 */
export const ALGORITHMS = {
  HS256: { family: 'hmac', hash: 'SHA-256', bytes: 32 },
  HS384: { family: 'hmac', hash: 'SHA-384', bytes: 48 },
  HS512: { family: 'hmac', hash: 'SHA-512', bytes: 64 },
  RS256: { family: 'rsa', hash: 'SHA-256', padding: 'pkcs1' },
  RS384: { family: 'rsa', hash: 'SHA-384', padding: 'pkcs1' },
  RS512: { family: 'rsa', hash: 'SHA-512', padding: 'pkcs1' },
  PS256: { family: 'rsa', hash: 'SHA-256', padding: 'pss' },
  PS384: { family: 'rsa', hash: 'SHA-384', padding: 'pss' },
  PS512: { family: 'rsa', hash: 'SHA-512', padding: 'pss' },
  ES256: { family: 'ecdsa', hash: 'SHA-256', curve: 'P-256' },
  ES384: { family: 'ecdsa', hash: 'SHA-384', curve: 'P-384' },
  ES512: { family: 'ecdsa', hash: 'SHA-512', curve: 'P-521' },
  EdDSA: { family: 'eddsa' },
  Ed25519: { family: 'eddsa' }
} as const satisfies Record<string, AlgorithmKind>

export type Algorithm = keyof typeof ALGORITHMS

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[]

export const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const satisfies readonly Algorithm[]

/** Whether `alg` names an algorithm that is known here. `none` is not. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}

/** The family of an algorithm, with its parameters. */
export function kindOf(algorithm: Algorithm): AlgorithmKind {
  return ALGORITHMS[algorithm]
}

const KID = new RegExp(`^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${MAX_KID_CHARS - 2}}[\\x21-\\x7e])?$`)

export const KID_RULE = `text of 1 to ${MAX_KID_CHARS} printable ASCII characters`

/**
 * Whether a value can be a key id. Ids are compared byte by byte, shown and logged, and never used in a path or in the
 * text of a query.
 */
export function isKid(value: unknown): value is string {
  return typeof value === 'string' && KID.test(value)
}

/** The length in bytes of a coordinate and of each half of a signature (RFC 7518, section 3.4). */
export const COORDINATE_BYTES: Readonly<Record<EcCurve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/** The order of each base point (SP 800-186, section 3.2.1): both halves of a signature are at least 1 and below it. */
export const GROUP_ORDER: Readonly<Record<EcCurve, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384': 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521':
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n
}

/** Whether `crv` names a curve of ECDSA that is known here. */
export function isEcCurve(name: unknown): name is EcCurve {
  return typeof name === 'string' && Object.hasOwn(COORDINATE_BYTES, name)
}
