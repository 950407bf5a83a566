import t from 'tap'
import { InvalidKeyError } from '../../../src/platform/jws/key-record.ts'
import { validateKeySet } from '../../../src/platform/jws/validate-key-set.ts'
import { PAIRS, type PairName } from './fixtures.ts'

const jwk = (name: PairName, more: object = {}): Record<string, unknown> => ({
  ...PAIRS[name].publicKey.export({ format: 'jwk' }),
  kid: name,
  ...more
})

function reasonOf(set: unknown): string | undefined {
  try {
    validateKeySet(set)
    return undefined
  } catch (error) {
    if (error instanceof InvalidKeyError) return error.reason
    throw error
  }
}

t.test('accepted: the keys that can verify; the others are left out, each with its reason', async (t) => {
  const { keys, leftOut } = validateKeySet({
    keys: [
      jwk('rsa'),
      jwk('p256', { use: 'enc' }),
      jwk('ed25519'),
      { kty: 'AKP', kid: 'future' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' }
    ]
  })
  t.same(
    keys.map((key) => key.kid),
    ['rsa', 'ed25519']
  )
  t.match(leftOut, [
    { kid: 'p256', reason: 'contradictory', why: /enc/ },
    { kid: 'future', reason: 'unsupported' },
    { kid: undefined, reason: 'weak' }
  ])
})

t.test('accepted: an empty set, and members of the set that are not known', async (t) => {
  t.same(validateKeySet({ keys: [] }), { keys: [], leftOut: [] })
  t.equal(validateKeySet({ keys: [jwk('p256')], next: 'x' }).keys.length, 1)
})

t.test('refused whole: a set that publishes a secret', async (t) => {
  t.equal(reasonOf({ keys: [jwk('rsa'), { kty: 'oct', k: 'AAAA', kid: 'x' }] }), 'symmetric_key')
  t.equal(reasonOf({ keys: [jwk('rsa'), PAIRS.p256.privateKey.export({ format: 'jwk' })] }), 'private_key')
})

t.test('refused whole: one kid for two keys', async (t) => {
  t.equal(reasonOf({ keys: [jwk('rsa'), jwk('p256', { kid: 'rsa' })] }), 'duplicate_kid')
  t.equal(
    reasonOf({ keys: [jwk('rsa', { kid: undefined }), jwk('rsa', { kid: undefined })] }),
    'duplicate_kid',
    'the same key twice, without a kid'
  )
  t.equal(
    reasonOf({ keys: [jwk('rsa'), jwk('p256', { kid: 'rsa', use: 'enc' })] }),
    undefined,
    'unless one of them is left out'
  )
})

t.test('refused whole: what is not a key set, or a huge one', async (t) => {
  for (const set of [undefined, null, [], 'x', {}, { keys: {} }, { keys: [null] }, { keys: ['x'] }, { keys: [[]] }])
    t.equal(reasonOf(set), 'malformed', JSON.stringify(set))
  t.equal(reasonOf({ keys: Array.from({ length: 65 }, (_, at) => jwk('p256', { kid: `k${at}` })) }), 'too_many_keys')
  t.equal(reasonOf({ keys: Array.from({ length: 64 }, (_, at) => jwk('p256', { kid: `k${at}` })) }), undefined)
})
