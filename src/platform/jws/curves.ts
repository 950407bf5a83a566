import type { EcCurve } from './algorithms.ts'

/** Bytes of a coordinate, and of each half of a signature (RFC 7518, section 3.4). */
export const COORDINATE_BYTES: Readonly<Record<EcCurve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/** The order of each base point (SP 800-186, section 3.2.1): the two halves of a signature lie between 1 and this, neither included. */
export const GROUP_ORDER: Readonly<Record<EcCurve, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384': 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521':
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n
}

export function isEcCurve(name: unknown): name is EcCurve {
  return typeof name === 'string' && Object.hasOwn(COORDINATE_BYTES, name)
}
