import { createHash } from 'node:crypto'
import type { PublicJwk } from './key-record.ts'

/** RFC 7638, section 3: the members that make the key, in the order of their names, without spaces. */
export function thumbprintOf(jwk: PublicJwk): string {
  const members = Object.fromEntries(Object.entries(jwk).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** Such as `RSA 2048`, `EC P-256`, `Ed25519`. */
export function describeKey(jwk: PublicJwk): string {
  switch (jwk.kty) {
    // A vetted modulus starts with a byte that is not zero, so its bits follow from its first byte.
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
