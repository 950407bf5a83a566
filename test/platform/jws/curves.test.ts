import { createECDH } from 'node:crypto'
import t from 'tap'
import { COORDINATE_BYTES, GROUP_ORDER, isEcCurve } from '../../../src/platform/jws/algorithms.ts'

const OPENSSL_NAMES = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }

const toBytes = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex')

t.test('each order is the one OpenSSL has: it is the first number that is no private key', async (t) => {
  for (const [curve, name] of Object.entries(OPENSSL_NAMES)) {
    if (!isEcCurve(curve)) throw new Error(curve)
    const bytes = COORDINATE_BYTES[curve]
    const ecdh = createECDH(name)
    t.throws(() => ecdh.setPrivateKey(toBytes(GROUP_ORDER[curve], bytes)), curve)
    ecdh.setPrivateKey(toBytes(GROUP_ORDER[curve] - 1n, bytes))
    const last = ecdh.getPublicKey()
    ecdh.setPrivateKey(toBytes(1n, bytes))
    t.same(
      last.subarray(1, 1 + bytes),
      ecdh.getPublicKey().subarray(1, 1 + bytes),
      `${curve}: the last point is the negative of the first`
    )
  }
})
