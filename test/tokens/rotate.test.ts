import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const HOUR_MS = 60 * 60 * 1000

t.test('rotation', async (t) => {
  const { client, clock } = await startSluice(t)
  const owner = await client.signUp()
  const other = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const rotate = (id: string, body: Record<string, unknown> = {}, as = owner.session) =>
    client.call('POST', `/v1/tokens/${id}/rotate`, {
      as,
      body: { password: owner.password, overlapSeconds: 3600, ...body }
    })
  const statusOf = async (token: string): Promise<number> => (await client.call('GET', path, { as: token })).status

  for (const format of ['opaque', 'jwt']) {
    await t.test(`201: both tokens work until the overlap ends, then only the new one (${format})`, async (t) => {
      const old = await createToken(t, client, owner, {
        format,
        days: 30,
        allowedIps: ['127.0.0.0/8'],
        rateLimit: { limit: 1000, windowSeconds: 60 },
        dailyQuota: 5000
      })
      const answer = await rotate(old.id)
      t.equal(answer.status, 201, answer.text)
      t.equal(answer.headers['cache-control'], 'no-store')
      const fresh = answer.json
      t.not(fresh.token, old.token)
      t.match(fresh, {
        format,
        replaces: old.id,
        replacedBy: null,
        expiresAt: old.expiresAt,
        allowedIps: ['127.0.0.0/8'],
        rateLimit: { limit: 1000, windowSeconds: 60 },
        dailyQuota: 5000
      })
      t.same([await statusOf(old.token), await statusOf(fresh.token)], [200, 200])
      const shown = (await client.call('GET', `/v1/tokens/${old.id}`, { as: owner.session })).json
      t.equal(shown.replacedBy, fresh.id)
      t.equal(
        (await client.call('GET', path, { as: old.token })).headers['sluice-token-expires'],
        shown.expiresAt,
        'calls with the old token get its expiry'
      )
      clock.advance(HOUR_MS)
      t.same([await statusOf(old.token), await statusOf(fresh.token)], [401, 200])
    })
  }

  await t.test('401: with an overlap of 0 the old token stops at once', async (t) => {
    const old = await createToken(t, client, owner)
    t.equal(await statusOf(old.token), 200)
    const fresh = (await rotate(old.id, { overlapSeconds: 0 })).json
    t.same([await statusOf(old.token), await statusOf(fresh.token)], [401, 200])
  })

  await t.test('401: neither token outlives the expiry of the old one, however long the overlap is', async (t) => {
    const old = await createToken(t, client, owner, { days: 1 })
    const fresh = (await rotate(old.id, { overlapSeconds: 30 * 24 * 3600 })).json
    t.equal(fresh.expiresAt, old.expiresAt)
    clock.advance(24 * HOUR_MS - 60_000)
    t.same([await statusOf(old.token), await statusOf(fresh.token)], [200, 200])
    clock.advance(60_000)
    for (const person of [owner, other]) await client.signIn(person)
    t.same([await statusOf(old.token), await statusOf(fresh.token)], [401, 401])
  })

  await t.test('204: revoking the old token ends the overlap; only the new token keeps the name', async (t) => {
    const old = await createToken(t, client, owner, { name: 'finish now' })
    const fresh = (await rotate(old.id)).json
    t.equal((await client.call('DELETE', `/v1/tokens/${old.id}`, { as: owner.session })).status, 204)
    t.same([await statusOf(old.token), await statusOf(fresh.token)], [401, 200])
    t.equal(
      (
        await client.call('POST', '/v1/tokens', {
          as: owner.session,
          body: { name: 'finish now', days: 0, password: owner.password }
        })
      ).status,
      409
    )
  })

  await t.test('409: a token that was already rotated, has expired or was revoked cannot be rotated', async (t) => {
    const twice = await createToken(t, client, owner)
    const [first, second] = await Promise.all([rotate(twice.id), rotate(twice.id)])
    t.same([first.status, second.status].sort(), [201, 409], 'one of two concurrent requests succeeds')
    const expired = await createToken(t, client, owner, { days: 1 })
    clock.advance(24 * HOUR_MS)
    for (const person of [owner, other]) await client.signIn(person)
    t.equal((await rotate(expired.id)).status, 409)
    const revoked = await createToken(t, client, owner)
    await client.call('DELETE', `/v1/tokens/${revoked.id}`, { as: owner.session })
    t.equal((await rotate(revoked.id)).status, 409)
  })

  await t.test(
    '403 without the password, 404 for a foreign or absent token, 400 for an overlap out of bounds',
    async (t) => {
      const token = await createToken(t, client, owner)
      t.equal((await rotate(token.id, { password: 'wrong' })).json.code, 'password_incorrect')
      const foreign = await rotate(token.id, { password: other.password }, other.session)
      const absent = await rotate('tok_0000000000000000000000', { password: other.password }, other.session)
      t.same([foreign.status, { ...foreign.json, requestId: '' }], [404, { ...absent.json, requestId: '' }])
      for (const overlapSeconds of [-1, 1.5, '60', null, 366 * 24 * 3600])
        t.equal((await rotate(token.id, { overlapSeconds })).status, 400, String(overlapSeconds))
      t.equal(
        (
          await client.call('POST', `/v1/tokens/${token.id}/rotate`, {
            as: token.token,
            body: { password: owner.password, overlapSeconds: 1 }
          })
        ).json.code,
        'insufficient_scope'
      )
    }
  )
})
