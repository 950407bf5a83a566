import { createSecretKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import t from 'tap'
import { Secret } from '../../../src/lib/secret.ts'
import { type Algorithm, ALGORITHM_NAMES, kindOf } from '../../../src/platform/jws/algorithms.ts'
import { JwsError } from '../../../src/platform/jws/errors.ts'
import type { KeyRecord } from '../../../src/platform/jws/key-record.ts'
import { validatePublicKey } from '../../../src/platform/jws/validate-public-key.ts'
import { validateSecret } from '../../../src/platform/jws/validate-secret.ts'
import { type CustomerRules, verifyCustomerToken } from '../../../src/platform/jws/verify-customer-token.ts'
import { NOW, NOW_SECONDS, WORKSPACE_KEY } from './fixtures.ts'

// Each run has a key of its own, registered as customers register theirs. In verify-jws.test.ts the keys stay, and what
// is signed changes.

/** RSA keys are slow to make: a few for all runs, of every length that is usual, and one that is not. */
const RSA = [2048, 2056, 3072, 4096].map((modulusLength) => generateKeyPairSync('rsa', { modulusLength }))
const TEXT = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

type Spelling = 'pem' | 'jwk' | 'jwk as text'
interface Signer {
  key: KeyObject
  record: KeyRecord
}

const plans = fc.record({
  alg: fc.constantFrom(...ALGORITHM_NAMES),
  spelling: fc.constantFrom<Spelling>('pem', 'jwk', 'jwk as text'),
  rsa: fc.nat({ max: RSA.length - 1 }),
  secret: fc.string({ unit: fc.constantFrom(...TEXT), minLength: 64, maxLength: 200 }),
  kid: fc.option(fc.string({ unit: fc.constantFrom(...TEXT), minLength: 1, maxLength: 60 }), { nil: undefined }),
  named: fc.boolean(),
  id: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }),
  life: fc.integer({ min: 1, max: 1_000_000 })
})
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never

function pairFor(alg: Algorithm, rsa: number) {
  const kind = kindOf(alg)
  if (kind.family === 'rsa') return RSA[rsa]
  if (kind.family === 'ecdsa') return generateKeyPairSync('ec', { namedCurve: kind.curve })
  return kind.family === 'eddsa' ? generateKeyPairSync('ed25519') : undefined
}

function registered(publicKey: KeyObject, spelling: Spelling, kid: string | undefined): KeyRecord {
  if (spelling === 'pem') return validatePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  const jwk: JsonWebKey = { ...publicKey.export({ format: 'jwk' }), ...(kid === undefined ? {} : { kid }) }
  return validatePublicKey(spelling === 'jwk' ? jwk : JSON.stringify(jwk))
}

function signerFor({ alg, spelling, rsa, secret, kid }: Plan): Signer {
  const pair = pairFor(alg, rsa)
  if (!pair)
    return {
      key: createSecretKey(Buffer.from(secret)),
      record: validateSecret(new Secret(secret), { kid: kid ?? 'secret' })
    }
  return { key: pair.privateKey, record: registered(pair.publicKey, spelling, kid) }
}

const signed = ({ alg, named, id, life }: Plan, { key, record }: Signer): Promise<string> =>
  new SignJWT({ id })
    .setProtectedHeader(named ? { alg, kid: record.kid } : { alg })
    .setIssuer(WORKSPACE_KEY)
    .setExpirationTime(NOW_SECONDS + life)
    .sign(key)
const rulesWith = (...keys: KeyRecord[]): CustomerRules => ({ findIssuer: () => ({ keys }), now: NOW, audiences: [] })
const outcomeOf = (token: string, rules: CustomerRules): Promise<unknown> =>
  verifyCustomerToken(token, rules).then(
    ({ customer }) => customer,
    (error: unknown) => error
  )

t.test('any key, algorithm and claims: what jose signs is accepted, with one bit changed it is refused', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(), fc.nat({ max: 6 }), async (plan, at, bit) => {
      const signer = signerFor(plan)
      const rules = rulesWith(signer.record)
      const token = await signed(plan, signer)
      const { customer, key } = await verifyCustomerToken(token, rules)
      if (customer.kind !== 'customer' || customer.id !== plan.id || key !== signer.record) return false
      const bytes = Buffer.from(token)
      const place = at % bytes.length
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
      return (await outcomeOf(bytes.toString('latin1'), rules)) instanceof JwsError
    }),
    { numRuns: 200 }
  )
})

t.test(
  'any key: refused where another key of the same type is registered in its place, under its kid too',
  async () => {
    await fc.assert(
      fc.asyncProperty(plans, plans, async (plan, other) => {
        const [signer, stranger] = [
          signerFor(plan),
          signerFor({ ...other, alg: plan.alg, rsa: (plan.rsa + 1) % RSA.length })
        ]
        const token = await signed(plan, signer)
        const outcome = await outcomeOf(token, rulesWith({ ...stranger.record, kid: signer.record.kid }))
        return outcome instanceof JwsError && outcome.reason.startsWith('signature_')
      }),
      { numRuns: 100 }
    )
  }
)
