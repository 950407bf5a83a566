import t from 'tap'
import fc from 'fast-check'
import { checksum, tokenDigest, isOpaque, newOpaque } from '../../src/lib/opaque-token.ts'

t.test('the checksum is the CRC-32 in base62, six characters', async (t) => {
  // CRC-32 of "123456789" is 0xcbf43926 = 3421780262, the check value of the IEEE polynomial.
  t.equal(checksum('123456789'), '3jZRME')
  t.equal(checksum(''), '000000', 'padded on the left')
})

t.test('64 characters, right by its own checksum, never the same twice', async (t) => {
  const made = new Set(Array.from({ length: 500 }, () => newOpaque('slc_')))
  t.equal(made.size, 500)
  for (const token of made) {
    t.match(token, /^slc_[0-9A-Za-z]{60}$/)
    t.ok(isOpaque('slc_', token))
    t.notOk(isOpaque('sls_', token), 'another prefix is another kind')
  }
})

t.test('any one changed character is refused', async (t) => {
  const token = newOpaque('slc_')
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 63 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      (at, other) => {
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        return changed === token || !isOpaque('slc_', changed)
      }
    ),
    { numRuns: 2_000 }
  )
  for (const text of ['', 'slc_', `${token} `, ` ${token}`, token.slice(0, 63), `${token}0`, token.toUpperCase()])
    t.notOk(isOpaque('slc_', text), text)
})

t.test('the digest is SHA-256', async (t) => {
  t.equal(
    Buffer.from(tokenDigest('abc'), 'base64').toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  )
})
