import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const sluice = await startSluice(t)
const other = await startSluice(t, {
  databaseUrl: sluice.databaseUrl,
  clock: sluice.clock,
  publicUrl: sluice.services.publicUrl
})
const { client, clock } = sluice
const ada = await client.signUp('Ada')
const newJwt = async (name: string, through = client): Promise<string> =>
  (
    await through.call('POST', '/v1/tokens', {
      as: ada.session,
      body: { name, days: 0, format: 'jwt', password: ada.password }
    })
  ).json.token
const kidOf = (jwt: string): string => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid
const keys = async (): Promise<{ kid: string; d?: string }[]> =>
  (await client.call('GET', '/.well-known/jwks.json')).json.keys

t.test('201: the new key signs the next token in every process, and tokens of the old key stay valid', async (t) => {
  const before = await newJwt('before')
  clock.advance(1_000)
  const answer = await client.call('POST', '/v1/admin/signing-keys/rotate', { as: ada.session, raw: '' })
  t.equal(answer.status, 201)
  t.match(answer.json, { kid: /^key_/, createdAt: /Z$/ })

  const after = await newJwt('after')
  t.equal(kidOf(after), answer.json.kid)
  t.not(kidOf(before), answer.json.kid)
  // The other process may not have the notification yet: it reads the key set again for an unknown kid.
  for (const [where, jwt] of [
    ['here', before],
    ['here', after],
    ['there', before],
    ['there', after]
  ] as const) {
    const { status } = await (where === 'here' ? client : other.client).call('GET', '/v1/account', { as: jwt })
    t.equal(
      status,
      403,
      `${where}, by the key ${kidOf(jwt) === kidOf(before) ? 'before' : 'after'}: known, and may not manage`
    )
  }

  const published = await keys()
  t.strictSame(
    published.map(({ kid }) => kid),
    [kidOf(after), kidOf(before)],
    'newest first'
  )
  t.ok(
    published.every((key) => key.d === undefined),
    'no private half'
  )
  t.match((await client.call('GET', '/v1/admin/audit?action=signing_key.rotated', { as: ada.session })).json.items, [
    { target: answer.json.kid, actorId: ada.id }
  ])
})

t.test('403: only an admin can rotate', async (t) => {
  const bob = await client.signUp('Bob')
  const before = (await keys()).length
  t.equal((await client.call('POST', '/v1/admin/signing-keys/rotate', { as: bob.session, raw: '' })).status, 403)
  t.equal((await client.call('POST', '/v1/admin/signing-keys/rotate', { raw: '' })).status, 401)
  t.equal((await keys()).length, before)
})
