import fc from 'fast-check'
import t from 'tap'
import { decodeBase64url, toInteger } from '../../../src/platform/jws/base64url.ts'

t.test('accepted: bytes come back from their canonical spelling', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const decoded = decodeBase64url(Buffer.from(bytes).toString('base64url'))
      return decoded !== undefined && Buffer.compare(decoded, bytes) === 0
    })
  )
})

t.test('refused: every text that is not the one spelling of its bytes', async () => {
  const texts = fc.string({
    unit: fc.constantFrom('A', 'B', 'x', '9', '-', '_', '+', '/', '=', ' ', '\n', '.', 'é'),
    maxLength: 12
  })
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = decodeBase64url(text)
      return decoded === undefined || Buffer.from(decoded).toString('base64url') === text
    }),
    { numRuns: 1000 }
  )
})

t.test('refused: padding, set unused bits, other alphabets, impossible lengths', async (t) => {
  for (const text of ['QQ==', 'QR', 'QUJ', '+w', '/w', 'A', 'AAAAA', ' QQ', 'QQ\n', 'Q Q', 'QQ\0'])
    t.equal(decodeBase64url(text), undefined, JSON.stringify(text))
  t.same(decodeBase64url('QQ'), Buffer.from('A'))
  t.same(decodeBase64url(''), Buffer.alloc(0))
})

t.test('bytes as an integer: big-endian, nothing is zero', async (t) => {
  t.equal(toInteger(Buffer.of(1, 0, 1)), 65_537n)
  t.equal(toInteger(Buffer.alloc(0)), 0n)
})
