import t from 'tap'
import { createEchoListener, createToken } from '../../fixtures/echo-listener.ts'
import { startSluice } from '../../fixtures/sluice.ts'

const { client } = await startSluice(t)
const owner = await client.signUp('Ada')
const { token } = await createToken(t, client, owner)
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

t.test('a URL with a credential stays out of caches and referrers, whatever is answered', async (t) => {
  const { path } = await createEchoListener(t, client, owner)
  const absent = '/v1/dynamic/listener/lsn_absent'
  for (const [url, status] of [
    [`${path}?access_token=${token}`, 200],
    [`${path}?token=wrong`, 401],
    [`${path}?token=${token}&token=${token}`, 400],
    [`${absent}?jwt_token=${token}`, 404]
  ] as const) {
    t.match(await client.call('GET', url), { status, headers: PRIVATE }, url.replace(token, '…'))
  }
  t.equal((await client.call('GET', `${path}?sku=1`, { as: token })).headers['cache-control'], 'private')

  await t.test('a flow that says otherwise changes nothing', async (t) => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'test', name: 'cacheable', version: '1.0.0' },
      do: [
        {
          a: {
            set: { status: 200, headers: { 'cache-control': 'public, max-age=60', 'referrer-policy': 'unsafe-url' } }
          }
        }
      ]
    }
    const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
      as: owner.session,
      body: document
    })
    const http = await createEchoListener(t, client, owner, { flowId: flow.json.id, respond: 'http' })
    t.match((await client.call('GET', http.path, { as: token })).headers, { 'cache-control': 'private, max-age=60' })
    t.match((await client.call('GET', `${http.path}?token=${token}`)).headers, PRIVATE)
  })
})

t.test('an answer that a page may read varies with the page, whatever else the flow says it varies with', async (t) => {
  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'varying', version: '1.0.0' },
    do: [{ a: { set: { status: 200, headers: { vary: 'accept', 'cache-control': 'public, max-age=60' } } } }]
  }
  const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: document
  })
  const { path } = await createEchoListener(t, client, owner, {
    flowId: flow.json.id,
    respond: 'http',
    corsOrigins: ['https://a.example', 'https://b.example']
  })
  t.match((await client.call('GET', path, { as: token, headers: { Origin: 'https://a.example' } })).headers, {
    'access-control-allow-origin': 'https://a.example',
    vary: 'Origin, Authorization, access_token, jwt_token, accept'
  })
  t.equal(
    (await client.call('GET', path, { as: token })).headers.vary,
    'Origin, Authorization, access_token, jwt_token, accept',
    'also where no page calls'
  )
})

t.test(
  'compat: 400 where the listener is off, also in the problem itself; 200 with the problem for other errors',
  async (t) => {
    const off = await createEchoListener(t, client, owner, { enabled: false, statusMode: 'compat' })
    t.match(await client.call('GET', off.path, { as: token }), {
      status: 400,
      json: { code: 'listener_disabled', status: 400 }
    })
    t.equal((await client.call('GET', off.path)).status, 401)
    const gets = await createEchoListener(t, client, owner, { methods: ['GET'], statusMode: 'compat' })
    t.match(await client.call('POST', gets.path, { as: token }), {
      status: 200,
      headers: { 'content-type': /^application\/problem\+json/, allow: 'GET' },
      json: { code: 'method_not_allowed', status: 405 }
    })
  }
)

t.test('400: an address that cannot be read is refused with a request id', async (t) => {
  for (const path of ['/v1/dynamic/listener/%', '/v1/tokens/%ff', `/v1/tokens/${'a'.repeat(300)}`]) {
    const answer = await client.call('GET', path, { as: owner.session })
    t.match(answer, { status: 400, json: { code: 'invalid_request' } }, path.slice(0, 30))
    t.equal(answer.headers['x-request-id'], answer.json.requestId)
  }
})
