import { inspect } from 'node:util'
import t from 'tap'
import { createKeyring, generateKeys, parseKeys } from '../../src/lib/keyring.ts'

/** Version, key id and the bytes of the other parts. */
function bytesOf(sealed: string): string {
  const [version, id, ...parts] = sealed.split('.')
  return [version, id, ...parts.map((part) => Buffer.from(part, 'base64url').toString('hex'))].join('.')
}

const place = { table: 'secret', row: 'wsp_1/erp', column: 'value' }

t.test('what was sealed opens again, as it was', async (t) => {
  const keyring = createKeyring(parseKeys(generateKeys()))
  for (const text of ['', 'päss ✓ 🗝', 'x'.repeat(100_000), '\u0000'])
    t.equal(keyring.open(keyring.seal(text, place), place).reveal(), text)
  t.not(keyring.seal('a', place), keyring.seal('a', place), 'no two ciphertexts are alike')
})

t.test('a ciphertext that was moved or changed does not open', async (t) => {
  const keyring = createKeyring(parseKeys(generateKeys()))
  const sealed = keyring.seal('value', place)
  for (const elsewhere of [
    { ...place, row: 'wsp_2/erp' },
    { ...place, column: 'name' },
    { ...place, table: 'workspace' }
  ])
    t.throws(() => keyring.open(sealed, elsewhere))
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    // The last character of a base64url part may carry bits that mean nothing.
    if (bytesOf(changed) === bytesOf(sealed)) continue
    t.throws(() => keyring.open(changed, place), `character ${at}`)
  }
  for (const malformed of ['', 'v1', 'v1.k', 'v2.a.b.c.d', `${sealed}.x`])
    t.throws(() => keyring.open(malformed, place))
  const [version, id, iv, text, tag] = sealed.split('.')
  t.throws(
    () =>
      keyring.open(
        [
          version,
          id,
          iv,
          text,
          Buffer.from(tag ?? '', 'base64url')
            .subarray(0, 4)
            .toString('base64url')
        ].join('.'),
        place
      ),
    'a short tag'
  )
})

t.test('the first key writes, all read, and an unknown one is named', async (t) => {
  const [old, fresh] = [generateKeys(), generateKeys()]
  const sealed = createKeyring(parseKeys(old)).seal('value', place)
  const both = createKeyring(parseKeys(`${fresh},${old}`))
  t.equal(both.open(sealed, place).reveal(), 'value')
  t.match(both.seal('x', place), new RegExp(`^v1\\.${fresh.split(':')[0]}\\.`))
  t.throws(() => createKeyring(parseKeys(fresh)).open(sealed, place), { message: new RegExp(old.split(':')[0] ?? '') })
})

t.test('a fault in SLUICE_KEYS names the entry and shows no key', async (t) => {
  const key = Buffer.alloc(32, 1).toString('base64')
  for (const text of ['', 'k1', ':abc', `k1:${key},k1:${key}`, 'k1:short', `bad id:${key}`]) {
    try {
      parseKeys(text)
      t.fail(text)
    } catch (error) {
      t.notMatch((error as Error).message, key)
    }
  }
  t.notMatch(inspect(parseKeys(`k1:${key}`)), key, 'nor does a parsed one print')
})
