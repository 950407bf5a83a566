import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import t from 'tap'
import { InvalidKeyError } from '../../../src/platform/jws/key-record.ts'
import { verifyJws } from '../../../src/platform/jws/verify-jws.ts'
import { validateSecret, type SecretOptions } from '../../../src/platform/jws/validate-secret.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { makeToken, SECRET, SECRET_RECORD } from './fixtures.ts'

function reasonOf(secret: string | Uint8Array, options: SecretOptions): string | undefined {
  try {
    validateSecret(typeof secret === 'string' ? new Secret(secret) : new Secret(secret), options)
    return undefined
  } catch (error) {
    if (error instanceof InvalidKeyError) return error.reason
    throw error
  }
}

t.test('accepted: a workspace secret verifies HS256, HS384 and HS512 with the bytes of its text', async (t) => {
  t.same(SECRET_RECORD.algorithms, ['HS256', 'HS384', 'HS512'])
  for (const alg of ['HS256', 'HS384', 'HS512'] as const)
    await t.resolves(verifyJws(makeToken({ alg, key: Buffer.from(SECRET, 'utf8') }), SECRET_RECORD), alg)
})

t.test('accepted: bytes are used as they are', async (t) => {
  const bytes = new Uint8Array(randomBytes(64))
  await t.resolves(verifyJws(makeToken({ key: bytes }), validateSecret(new Secret(bytes), { kid: 'x' })))
})

t.test('accepted: a secret is for the hashes that it is long enough for', async (t) => {
  t.same(validateSecret(new Secret('x'.repeat(32)), { kid: 'x' }).algorithms, ['HS256'])
  t.same(validateSecret(new Secret('x'.repeat(63)), { kid: 'x' }).algorithms, ['HS256', 'HS384'])
  t.same(
    validateSecret(new Secret('é'.repeat(32)), { kid: 'x' }).algorithms,
    ['HS256', 'HS384', 'HS512'],
    'bytes count, not characters'
  )
  t.same(validateSecret(new Secret('x'.repeat(64)), { kid: 'x', algorithms: ['HS512'] }).algorithms, ['HS512'])
})

t.test('refused: secrets that are too short, and algorithms that are not for secrets', async (t) => {
  t.equal(reasonOf('', { kid: 'x' }), 'weak')
  t.equal(reasonOf('x'.repeat(31), { kid: 'x' }), 'weak')
  t.equal(reasonOf('x'.repeat(63), { kid: 'x', algorithms: ['HS256', 'HS512'] }), 'weak')
  t.equal(reasonOf(new Uint8Array(31), { kid: 'x' }), 'weak')
  for (const algorithm of ['RS256', 'ES256', 'EdDSA', 'A256GCM', 'none', 'hs256', 'constructor']) {
    t.equal(reasonOf('x'.repeat(64), { kid: 'x', algorithms: [algorithm] }), 'contradictory', algorithm)
  }
  t.equal(reasonOf('x'.repeat(64), { kid: '' }), 'invalid_kid')
})

t.test('a record prints without its secret', async (t) => {
  t.notMatch(JSON.stringify(SECRET_RECORD) + inspect(SECRET_RECORD, { depth: 9, showHidden: true }), SECRET)
})
