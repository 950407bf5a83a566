import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('leaks', async (t) => {
  const { client, clock } = await startSluice(t)
  const admin = await client.signUp('Root')
  const owner = await client.signUp('Ada')
  const { path } = await createEchoListener(t, client, owner)
  const report = (tokens: unknown) => client.call('POST', '/v1/tokens/report-leak', { body: { tokens } })

  await t.test(
    '202: ends tokens of both formats and sessions, also inside longer text, and shows the owner the reason',
    async (t) => {
      const opaque = await createToken(t, client, owner)
      const jwt = await createToken(t, client, owner, { format: 'jwt' })
      const kept = await createToken(t, client, owner)
      const session = (
        await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
      ).json.token
      const answer = await report([`export TOKEN="${opaque.token}"`, jwt.token, session, `${kept.token}x`, 'nothing'])
      t.same([answer.status, answer.text], [202, ''])
      t.same(
        await Promise.all(
          [opaque, jwt, kept].map(async ({ token }) => (await client.call('GET', path, { as: token })).status)
        ),
        [401, 401, 200]
      )
      t.equal((await client.call('GET', '/v1/account', { as: session })).status, 401)
      t.match((await client.call('GET', `/v1/tokens/${opaque.id}`, { as: owner.session })).json, {
        revokeReason: 'reported as leaked',
        revokedAt: String
      })
      const audit = await client.call('GET', `/v1/admin/audit?target=${opaque.id}`, { as: admin.session })
      t.same(audit.json.items.map(({ action }: { action: string }) => action).sort(), [
        'token.created',
        'token.leaked',
        'token.revoked'
      ])
      t.notMatch(audit.text, opaque.token)
    }
  )

  await t.test('202 with the same empty response for unknown, ended and malformed credentials', async (t) => {
    const token = await createToken(t, client, owner)
    const answers = [
      await report([token.token]),
      await report([token.token]),
      await report([`slc_${'0'.repeat(60)}`, '', 'x'.repeat(4000)]),
      await report([])
    ]
    for (const { status, text, headers } of answers) t.same([status, text, headers['content-length']], [202, '', '0'])
  })

  await t.test('400 for more than 100 texts, 429 with Retry-After for more than 60 reports per minute', async (t) => {
    t.teardown(clock.stop())
    clock.advance(61_000)
    t.equal((await report(Array(101).fill('x'))).status, 400)
    for (let count = 0; count < 59; count++) t.equal((await report([])).status, 202)
    const refused = await report([])
    t.match(refused, {
      status: 429,
      json: { code: 'rate_limited' },
      headers: { 'retry-after': '60', ratelimit: '"address";r=0;t=60', 'ratelimit-policy': '"address";q=60;w=60' }
    })
    clock.advance(60_000)
    t.equal((await report([])).status, 202)
  })
})
