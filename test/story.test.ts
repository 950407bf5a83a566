import t from 'tap'
import { checksum } from '../src/lib/opaque-token.ts'
import type { Person } from './fixtures/client.ts'
import { basicHeader, echoFlow, TOKEN_CARRIERS } from './fixtures/credentials.ts'
import { startSecondProcess } from './fixtures/second-process.ts'
import { startSluice } from './fixtures/sluice.ts'
import { startTcpProxy } from './fixtures/tcp-proxy.ts'
import { testDatabase } from './fixtures/database.ts'
import { until } from './fixtures/until.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** A gateway whose database can be disconnected, with an account, a flow and its listener. */
async function story(t: Parameters<typeof startSluice>[0]) {
  const database = await testDatabase(t)
  const proxy = await startTcpProxy(t, database.url)
  const sluice = await startSluice(t, { databaseUrl: proxy.url })
  const admin = await sluice.client.signUp('Root')
  const owner = await sluice.client.signUp('Ada')
  const flow = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: echoFlow()
  })
  t.equal(flow.status, 201, flow.text)
  const listener = await sluice.client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
    as: owner.session,
    body: { name: 'echo', flowId: flow.json.id }
  })
  t.equal(listener.status, 201, listener.text)
  const path = `/v1/dynamic/listener/${listener.json.id}`
  t.equal(listener.json.url, `${sluice.url}${path}`)
  const createToken = async (person: Person, body: Record<string, unknown>) => {
    const answer = await sluice.client.call('POST', '/v1/tokens', {
      as: person,
      body: { password: person.password, ...body }
    })
    t.equal(answer.status, 201, answer.text)
    return answer.json as { id: string; token: string; expiresAt: string | null; start: string }
  }
  return { sluice, database, proxy, admin, owner, path, createToken }
}

t.test('from sign-up to revocation, over real HTTP', async (t) => {
  const { sluice, database, proxy, admin, owner, path, createToken } = await story(t)
  const { client, clock } = sluice

  const forever = await createToken(owner, { name: 'forever', days: 0 })
  const month = await createToken(owner, { name: 'month', days: 30 })
  const jwt = await createToken(owner, { name: 'jwt', days: 30, format: 'jwt' })
  const forms = { opaque: forever.token, jwt: jwt.token }

  await t.test('201: an opaque token has exactly 64 characters and a valid checksum', async (t) => {
    for (const { token, start } of [forever, month]) {
      t.match(token, /^slc_[0-9A-Za-z]{60}$/)
      t.equal(token.length, 64)
      t.equal(token.slice(58), checksum(token.slice(0, 58)))
      t.equal(start, token.slice(0, 12))
    }
    t.equal(forever.expiresAt, null)
  })

  for (const [form, token] of Object.entries(forms)) {
    for (const [carrier, put] of Object.entries(TOKEN_CARRIERS)) {
      await t.test(`200: ${form} by ${carrier}`, async (t) => {
        const { headers, query } = put(token)
        const answer = await client.call('GET', `${path}?a=1${query ? `&${query}` : ''}`, {
          headers: headers ? [headers] : []
        })
        t.equal(answer.status, 200, answer.text)
        t.same(answer.json.query, { a: '1' }, 'the flow gets no credential in the query')
        t.notMatch(answer.text, token, 'the flow gets no credential anywhere')
        t.match(answer.headers['sluice-run-id'], /^run_/)
        t.match(answer.headers['x-request-id'], /^req_/)
        if (query) t.match(answer.headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      })
    }
  }

  await t.test('200: e-mail and password by Basic', async (t) => {
    const answer = await client.call('GET', path, { headers: [basicHeader(owner)] })
    t.equal(answer.status, 200, answer.text)
    t.match(answer.json.caller, { kind: 'basic', id: owner.id })
  })

  await t.test('400: every pair of carriers, and every carrier twice', async (t) => {
    const carriers = [
      ...Object.values(TOKEN_CARRIERS).map((put) => put(forever.token)),
      { headers: basicHeader(owner), query: undefined }
    ]
    for (const [index, first] of carriers.entries()) {
      for (const second of carriers.slice(index)) {
        const headers = [first.headers, second.headers].filter((pair) => pair !== undefined)
        const query = [first.query, second.query].filter((part) => part !== undefined).join('&')
        const answer = await client.call('GET', `${path}?${query}`, { headers })
        t.equal(answer.status, 400, `${JSON.stringify([first, second])} ${answer.text}`)
        t.equal(answer.json.code, 'invalid_request')
      }
    }
  })

  await t.test('401: an expired token that was cached before', async (t) => {
    const short = await createToken(owner, { name: 'short', days: 1 })
    const shortJwt = await createToken(owner, { name: 'short jwt', days: 1, format: 'jwt' })
    for (const { token } of [short, shortJwt]) t.equal((await client.call('GET', path, { as: token })).status, 200)
    clock.advance(DAY_MS)
    for (const person of [admin, owner]) await client.signIn(person)
    for (const { token } of [short, shortJwt]) {
      const answer = await client.call('GET', path, { as: token })
      t.equal(answer.status, 401, answer.text)
      t.equal(answer.json.code, 'invalid_token')
      t.same(
        answer.headers['www-authenticate'],
        'Bearer realm="sluice", error="invalid_token", Basic realm="sluice", charset="UTF-8"'
      )
    }
    t.equal((await client.call('GET', path, { as: month.token })).status, 200, 'other tokens keep working')
  })

  const second = await startSecondProcess(t, { databaseUrl: database.url, url: sluice.url })

  await t.test(
    '401 on the next call after its owner, an admin or a suspension ends it; and in another process',
    async (t) => {
      const byOwner = await createToken(owner, { name: 'by owner', days: 0 })
      const byAdmin = await createToken(owner, { name: 'by admin', days: 0, format: 'jwt' })
      const bySuspension = await createToken(owner, { name: 'by suspension', days: 0 })
      const ends: [string, { id: string; token: string }, () => Promise<{ status: number }>][] = [
        ['its owner', byOwner, () => client.call('DELETE', `/v1/tokens/${byOwner.id}`, { as: owner.session })],
        ['an admin', byAdmin, () => client.call('DELETE', `/v1/admin/tokens/${byAdmin.id}`, { as: admin.session })],
        [
          'suspension',
          bySuspension,
          () => client.call('PATCH', `/v1/admin/accounts/${owner.id}`, { as: admin.session, body: { suspended: true } })
        ]
      ]
      for (const [who, { token }, end] of ends) {
        for (const { client: any } of [sluice, second])
          t.equal((await any.call('GET', path, { as: token })).status, 200, `${who}: before`)
        const ended = await end()
        t.ok(ended.status < 300, `${who}: ${ended.status}`)
        t.equal((await client.call('GET', path, { as: token })).status, 401, `${who}: the next call`)
        await until(
          async () => (await second.client.call('GET', path, { as: token })).status === 401,
          30_000,
          `${who}: the other process`
        )
      }
      t.equal(
        (
          await client.call('PATCH', `/v1/admin/accounts/${owner.id}`, {
            as: admin.session,
            body: { suspended: false, restoreTokens: true }
          })
        ).status,
        200
      )
    }
  )

  await t.test(
    '503, not 401, for an uncached token while the database is down; a cached token keeps working',
    async (t) => {
      const unknown = await createToken(owner, { name: 'never used', days: 0 })
      t.equal((await client.call('GET', path, { as: forever.token })).status, 200)
      await proxy.cut()
      const cached = await client.call('GET', path, { as: forever.token })
      t.equal(cached.status, 200, cached.text)
      const refused = await client.call('GET', path, { as: unknown.token })
      t.equal(refused.status, 503, refused.text)
      t.equal(refused.json.code, 'unavailable')
      clock.advance(61_000)
      t.equal(
        (await client.call('GET', path, { as: forever.token })).status,
        503,
        'after the grace period no cached record is trusted'
      )
      await proxy.restore()
      await until(
        async () => (await client.call('GET', path, { as: unknown.token })).status === 200,
        30_000,
        'recovers by itself'
      )
    }
  )
})
