/** How a signature is made, with what `jose` and `node:crypto` need to know of it. */
export type AlgorithmKind =
  | { family: 'hmac'; hash: Hash; bytes: number }
  | { family: 'rsa'; hash: Hash; padding: 'pkcs1' | 'pss' }
  | { family: 'ecdsa'; hash: Hash; curve: EcCurve }
  | { family: 'eddsa' }

export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'
export type EcCurve = 'P-256' | 'P-384' | 'P-521'

/**
 * Every algorithm a token may name: RFC 7518, section 3.1; `EdDSA` with Ed25519 from RFC 8037, and `Ed25519`, the name RFC 9864 gives it.
 * Left out on purpose: `none`; `ES256K` and Ed448, which neither jose nor the customers' usual libraries sign with.
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

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}

export function kindOf(algorithm: Algorithm): AlgorithmKind {
  return ALGORITHMS[algorithm]
}
