import t from 'tap'
import { deleteExpiredSigningKeys, rotateDueSigningKey } from '../../src/tokens/signing-key-rotation.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test('scheduled rotation of signing keys', async (t) => {
  const { client, clock, services } = await startSluice(t)
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const kids = async (): Promise<string[]> =>
    (await client.call('GET', '/.well-known/jwks.json')).json.keys.map(({ kid }: { kid: string }) => kid)
  const statusOf = async (token: string): Promise<number> => (await client.call('GET', path, { as: token })).status

  t.equal(await rotateDueSigningKey(services), false, 'without a key there is nothing to rotate')
  const short = await createToken(t, client, owner, { format: 'jwt', days: 120 })
  const forever = await createToken(t, client, owner, { format: 'jwt', days: 0 })
  const [first = ''] = await kids()

  await t.test('a key signs for 90 days, and the tokens that it signed keep working', async (t) => {
    clock.advance(89 * DAY_MS)
    t.equal(await rotateDueSigningKey(services), false)
    clock.advance(DAY_MS)
    t.equal(await rotateDueSigningKey(services), true)
    t.equal(await rotateDueSigningKey(services), false, 'once')
    const [second, ...before] = await kids()
    t.same(before, [first])
    const { token } = await createToken(t, client, await signedInAgain(), { format: 'jwt' })
    t.equal(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid, second)
    t.same([await statusOf(short.token), await statusOf(forever.token), await statusOf(token)], [200, 200, 200])
  })

  await t.test('a retired key stays until the last token that it signed has expired or been revoked', async (t) => {
    clock.advance(2 * DAY_MS)
    t.same(await deleteExpiredSigningKeys(services), [], 'two tokens live')
    clock.advance(40 * DAY_MS)
    t.equal(await statusOf(short.token), 401)
    t.same(await deleteExpiredSigningKeys(services), [], 'one token never expires')
    t.equal(await statusOf(forever.token), 200)
    const person = await signedInAgain()
    t.equal((await client.call('DELETE', `/v1/tokens/${forever.id}`, { as: person.session })).status, 204)
    t.same(await deleteExpiredSigningKeys(services), [first])
    t.notOk((await kids()).includes(first), 'the key is no longer published')
    t.same([await statusOf(short.token), await statusOf(forever.token)], [401, 401])
  })

  await t.test(
    'a key that was just retired stays, even without tokens, because integration tokens are not stored',
    async (t) => {
      clock.advance(90 * DAY_MS)
      t.equal(await rotateDueSigningKey(services), true)
      for (const row of await services.database.prisma.token.findMany({ where: { revokedAt: null } }))
        await client.call('DELETE', `/v1/tokens/${row.id}`, { as: (await signedInAgain()).session })
      t.same(await deleteExpiredSigningKeys(services), [])
      clock.advance(DAY_MS + 1)
      t.equal((await deleteExpiredSigningKeys(services)).length, 1)
      t.equal((await kids()).length, 1)
    }
  )

  await t.test('clients may cache the key set for minutes only', async (t) => {
    t.equal((await client.call('GET', '/.well-known/jwks.json')).headers['cache-control'], 'public, max-age=300')
  })

  /** Sessions end after a week. */
  async function signedInAgain() {
    const answer = await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
    t.equal(answer.status, 201, answer.text)
    return { ...owner, session: answer.json.token as string }
  }
})
