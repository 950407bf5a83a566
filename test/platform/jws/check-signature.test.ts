import t from 'tap'
import { restrictAlgorithms, type KeyRecord } from '../../../src/platform/jws/key-record.ts'
import { JwsError } from '../../../src/platform/jws/errors.ts'
import { verifyJws } from '../../../src/platform/jws/verify-jws.ts'
import { validatePublicKey } from '../../../src/platform/jws/validate-public-key.ts'
import { validateSecret } from '../../../src/platform/jws/validate-secret.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { makeToken, PUBLIC_RECORDS, SECRET_RECORD } from './fixtures.ts'

const reasonOf = (token: string, keys: readonly KeyRecord[]): Promise<string> =>
  verifyJws(token, keys).then(
    ({ key }) => key.kid,
    (error: unknown) => (error instanceof JwsError ? error.reason : Promise.reject(error))
  )

const secret = (kid: string): KeyRecord => validateSecret(new Secret(`${kid}${'x'.repeat(64)}`), { kid })
const signedBy = (kid: string, header: object = {}): string =>
  makeToken({ header: { alg: 'HS256', ...header }, key: `${kid}${'x'.repeat(64)}` })

t.test('accepted: during a rotation both secrets verify, and the one that signed is named', async (t) => {
  t.equal(await reasonOf(signedBy('old'), [secret('new'), secret('old')]), 'old')
  t.equal(await reasonOf(signedBy('new'), [secret('new'), secret('old')]), 'new')
  t.equal(await reasonOf(signedBy('old'), [secret('new')]), 'signature_mismatch')
})

t.test('accepted: a kid chooses its key alone', async (t) => {
  t.equal(await reasonOf(signedBy('old', { kid: 'old' }), [secret('new'), secret('old')]), 'old')
  t.equal(
    await reasonOf(signedBy('old', { kid: 'new' }), [secret('new'), secret('old')]),
    'signature_mismatch',
    'it is not tried with others'
  )
  t.equal(
    await reasonOf(signedBy('old', { kid: 'gone' }), [secret('new'), secret('old')]),
    'key_unknown',
    'a kid that names none is not ignored'
  )
})

t.test('refused: no key, keys for other algorithms, one kid for two keys', async (t) => {
  t.equal(await reasonOf(makeToken(), []), 'key_unknown')
  t.equal(await reasonOf(makeToken(), [PUBLIC_RECORDS.rsa, PUBLIC_RECORDS.p256]), 'alg_not_allowed')
  t.equal(await reasonOf(makeToken(), [restrictAlgorithms(SECRET_RECORD, ['HS512'])]), 'alg_not_allowed')
  t.equal(await reasonOf(makeToken(), [restrictAlgorithms(SECRET_RECORD, [])]), 'alg_not_allowed')
  t.equal(await reasonOf(signedBy('a', { kid: 'a' }), [secret('a'), secret('a')]), 'key_ambiguous')
})

t.test('refused: more keys to try than the bound, unless kid says which', async (t) => {
  const keys = Array.from({ length: 9 }, (_, at) => secret(`k${at}`))
  t.equal(await reasonOf(signedBy('k7'), keys.slice(0, 8)), 'k7')
  t.equal(await reasonOf(signedBy('k8'), keys), 'kid_required')
  t.equal(await reasonOf(signedBy('k8', { kid: 'k8' }), keys), 'k8')
})

t.test('refused: a stored key that would not be registered today, whatever its record says', async (t) => {
  const short: KeyRecord = { kid: 'short', algorithms: ['HS256'], key: { type: 'secret', secret: new Secret('short') } }
  t.equal(await reasonOf(makeToken({ key: 'short' }), [short]), 'secret_too_short')
  const outside: KeyRecord = {
    kid: 'x',
    algorithms: ['ES256'],
    key: { type: 'public', jwk: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) } }
  }
  t.equal(await reasonOf(makeToken({ alg: 'ES256' }), [outside]), 'key_refused')
  t.equal(
    await reasonOf(makeToken({ alg: 'ES256' }), [outside, PUBLIC_RECORDS.p256]),
    'p256',
    'it does not stop the others'
  )
})

t.test('refused: a record that claims algorithms which its key does not have', async (t) => {
  const { key } = validatePublicKey(
    JSON.stringify(PUBLIC_RECORDS.rsa.key.type === 'public' ? PUBLIC_RECORDS.rsa.key.jwk : {})
  )
  t.equal(await reasonOf(makeToken(), [{ kid: 'x', algorithms: ['HS256'], key }]), 'alg_not_allowed')
  t.equal(await reasonOf(makeToken({ alg: 'ES256' }), [{ kid: 'x', algorithms: ['ES256'], key }]), 'alg_not_allowed')
  t.equal(
    await reasonOf(makeToken({ alg: 'RS256' }), [{ kid: 'x', algorithms: ['RS256'], key: SECRET_RECORD.key }]),
    'alg_not_allowed'
  )
})
