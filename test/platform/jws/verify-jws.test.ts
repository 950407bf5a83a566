import fc from 'fast-check'
import { CompactSign, SignJWT } from 'jose'
import t from 'tap'
import { ALGORITHM_NAMES, type Algorithm } from '../../../src/platform/jws/algorithms.ts'
import type { KeyRecord } from '../../../src/platform/jws/key-record.ts'
import { JwsError } from '../../../src/platform/jws/errors.ts'
import { verifyJws } from '../../../src/platform/jws/verify-jws.ts'
import { verifyCustomerToken } from '../../../src/platform/jws/verify-customer-token.ts'
import {
  CLAIMS,
  makeToken,
  NOW_SECONDS,
  PUBLIC_RECORDS,
  RULES,
  SECRET_RECORD,
  signerOf,
  WORKSPACE_KEY
} from './fixtures.ts'

const RECORDS: readonly KeyRecord[] = [SECRET_RECORD, ...Object.values(PUBLIC_RECORDS)]

function joseKey(alg: Algorithm): Parameters<CompactSign['sign']>[0] {
  const { key } = signerOf(alg)
  return typeof key === 'string' ? new TextEncoder().encode(key) : key
}

const recordOf = (alg: Algorithm): KeyRecord => {
  const record = RECORDS.find(({ kid }) => kid === signerOf(alg).kid)
  if (record === undefined) throw new Error(alg)
  return record
}

t.test('accepted: whatever jose signs with any algorithm, payload and kid', async () => {
  const cases = fc.record({
    alg: fc.constantFrom(...ALGORITHM_NAMES),
    payload: fc.uint8Array({ minLength: 1, maxLength: 500 }),
    named: fc.boolean()
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ alg, payload, named }) => {
      const { kid } = signerOf(alg)
      const token = await new CompactSign(payload).setProtectedHeader(named ? { alg, kid } : { alg }).sign(joseKey(alg))
      const verified = await verifyJws(token, recordOf(alg))
      return verified.alg === alg && verified.key.kid === kid && Buffer.compare(verified.payload, payload) === 0
    }),
    { numRuns: 150 }
  )
})

t.test("accepted: customers' tokens that jose signs, with claims of every shape the contract takes", async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => !value.includes('\0'))
  const people = fc.record({
    id: text,
    name: fc.option(text, { nil: undefined }),
    fields: fc.option(
      fc.dictionary(
        fc.string({ unit: 'grapheme-ascii' }),
        fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
        { maxKeys: 5 }
      ),
      { nil: undefined }
    )
  })
  const cases = fc.record({
    alg: fc.constantFrom(...ALGORITHM_NAMES),
    person: people,
    shape: fc.constantFrom('iss', 'workspaceKey', 'tenantKey'),
    life: fc.integer({ min: 1, max: 7200 })
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ alg, person: { id, ...more }, shape, life }) => {
      fc.pre(!Object.hasOwn(more.fields ?? {}, '__proto__'))
      const named =
        shape === 'iss'
          ? { iss: WORKSPACE_KEY, id }
          : shape === 'workspaceKey'
            ? { workspaceKey: WORKSPACE_KEY, id }
            : { workspaceKey: WORKSPACE_KEY, tenantKey: id }
      const token = await new SignJWT({ ...named, ...more })
        .setProtectedHeader({ alg, typ: 'JWT' })
        .setIssuedAt(NOW_SECONDS)
        .setExpirationTime(NOW_SECONDS + life)
        .sign(joseKey(alg))
      const { customer } = await verifyCustomerToken(token, RULES)
      t.same(customer, { kind: 'customer', workspaceKey: WORKSPACE_KEY, id, ...more })
    }),
    { numRuns: 150 }
  )
})

t.test('refused: one bit changed anywhere in a token', async () => {
  const tokens = new Map(
    await Promise.all(
      ALGORITHM_NAMES.map(
        async (alg) =>
          [
            alg,
            await new SignJWT(CLAIMS).setProtectedHeader({ alg, typ: 'JWT', kid: signerOf(alg).kid }).sign(joseKey(alg))
          ] as const
      )
    )
  )
  for (const token of tokens.values()) await verifyCustomerToken(token, RULES)
  const cases = fc.record({ alg: fc.constantFrom(...ALGORITHM_NAMES), at: fc.nat(), bit: fc.nat({ max: 6 }) })
  await fc.assert(
    fc.asyncProperty(cases, async ({ alg, at, bit }) => {
      const bytes = Buffer.from(tokens.get(alg) ?? '')
      const place = at % bytes.length
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
      const outcome = await verifyCustomerToken(bytes.toString('latin1'), RULES).catch((error: unknown) => error)
      return outcome instanceof JwsError
    }),
    { numRuns: 800 }
  )
})

t.test('refused: one bit changed anywhere in what a signature decodes to', async () => {
  const cases = fc.record({ alg: fc.constantFrom(...ALGORITHM_NAMES), at: fc.nat() })
  await fc.assert(
    fc.asyncProperty(cases, async ({ alg, at }) => {
      const token = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg }).sign(joseKey(alg))
      const [header = '', payload = '', signature = ''] = token.split('.')
      const bytes = Buffer.from(signature, 'base64url')
      const place = at % (bytes.length * 8)
      bytes[place >> 3] = (bytes[place >> 3] ?? 0) ^ (1 << (place & 7))
      const outcome = await verifyJws(`${header}.${payload}.${bytes.toString('base64url')}`, RECORDS).catch(
        (error: unknown) => error
      )
      return outcome instanceof JwsError && outcome.reason.startsWith('signature_')
    }),
    { numRuns: 200 }
  )
})

t.test('refused: a token of one algorithm under the name of any other', async (t) => {
  for (const alg of ALGORITHM_NAMES) {
    const token = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg }).sign(joseKey(alg))
    const [, payload = '', signature = ''] = token.split('.')
    for (const other of ALGORITHM_NAMES.filter((name) => name !== alg)) {
      const renamed = `${Buffer.from(JSON.stringify({ alg: other })).toString('base64url')}.${payload}.${signature}`
      t.ok(
        (await verifyJws(renamed, RECORDS).catch((error: unknown) => error)) instanceof JwsError,
        `${alg} as ${other}`
      )
    }
  }
})

t.test('refused: any text at all, by name; nothing else is ever thrown', async () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('.', 'e', 'y', 'J', '0', '-', '_', '=', '{', '"') }),
    fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.'))
  )
  await fc.assert(
    fc.asyncProperty(
      texts,
      async (text) => (await verifyJws(text, RECORDS).catch((error: unknown) => error)) instanceof JwsError
    ),
    { numRuns: 500 }
  )
})

t.test('the payload of a JWS need not be claims: it is bytes, and may be none', async (t) => {
  for (const payload of ['', 'foo', '\0']) {
    t.same(
      (await verifyJws(makeToken({ payload }), SECRET_RECORD)).payload,
      Buffer.from(payload),
      JSON.stringify(payload)
    )
  }
})
