import t from 'tap'
import { basicHeader } from '../fixtures/credentials.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const FOREIGN: Record<string, [string, string][]> = {
  'Sec-Fetch-Site: cross-site': [
    ['Sec-Fetch-Site', 'cross-site'],
    ['Origin', 'https://evil.example']
  ],
  'Sec-Fetch-Site: cross-site without an origin': [['Sec-Fetch-Site', 'cross-site']],
  'Sec-Fetch-Site: same-site': [['Sec-Fetch-Site', 'same-site']],
  'a foreign Origin': [['Origin', 'https://evil.example']],
  'Origin: null': [['Origin', 'null']]
}

const { client, url } = await startSluice(t)
const owner = await client.signUp()
const basic = basicHeader(owner)
const OWN: Record<string, [string, string][]> = {
  'no such header': [],
  'Sec-Fetch-Site: same-origin': [['Sec-Fetch-Site', 'same-origin']],
  'Sec-Fetch-Site: none': [['Sec-Fetch-Site', 'none']],
  'our own Origin': [['Origin', url]]
}

t.test('403: Basic in a request of another site changes nothing', async (t) => {
  const created = (name: string, headers: [string, string][]) =>
    client.call('POST', '/v1/workspaces', { headers: [basic, ...headers], body: { name } })
  for (const [name, headers] of Object.entries(FOREIGN)) {
    const refused = await created(name, headers)
    t.match(refused.json, { status: 403, code: 'insufficient_scope' }, name)
  }
  const wrong = await client.call('POST', '/v1/workspaces', {
    headers: [basicHeader({ email: owner.email, password: 'wrong' }), ['Sec-Fetch-Site', 'cross-site']],
    body: { name: 'x' }
  })
  t.equal(wrong.status, 403, 'another site cannot find out whether a password is right')
  for (const [name, headers] of Object.entries(OWN)) t.equal((await created(name, headers)).status, 201, name)
})

t.test('200: safe methods of the management API take Basic from wherever', async (t) => {
  for (const [name, headers] of Object.entries(FOREIGN))
    t.equal((await client.call('GET', '/v1/account', { headers: [basic, ...headers] })).status, 200, name)
})

t.test('200: a bearer is sent on purpose, so the site does not matter', async (t) => {
  for (const [name, headers] of Object.entries(FOREIGN))
    t.equal(
      (await client.call('PATCH', '/v1/account', { as: owner.session, headers, body: { name: 'Ada' } })).status,
      200,
      name
    )
})

t.test('403: a listener refuses Basic of other sites for every method, unless it names their origin', async (t) => {
  const listener = await createEchoListener(t, client, owner, { corsOrigins: ['https://page.example'] })
  const open = await createEchoListener(t, client, owner, { corsOrigins: ['*'] })
  for (const method of ['GET', 'POST'])
    for (const { path } of [listener, open]) {
      for (const [name, headers] of Object.entries(FOREIGN)) {
        const refused = await client.call(method, path, { headers: [basic, ...headers] })
        t.match(refused.json, { status: 403, code: 'insufficient_scope' }, `${method} ${name}`)
      }
      for (const [name, headers] of Object.entries(OWN))
        t.equal((await client.call(method, path, { headers: [basic, ...headers] })).status, 200, `${method} ${name}`)
    }
  const named: [string, string][] = [
    ['Origin', 'https://page.example'],
    ['Sec-Fetch-Site', 'cross-site']
  ]
  t.equal((await client.call('POST', listener.path, { headers: [basic, ...named] })).status, 200)
  const absent = await client.call('POST', '/v1/dynamic/listener/lsn_0000000000000000000000', {
    headers: [basic, ...named]
  })
  t.equal(absent.status, 403, 'an absent listener answers like one that does not name the origin')
})

t.test('the owner finds why', async (t) => {
  const listener = await createEchoListener(t, client, owner)
  const refused = await client.call('POST', listener.path, { headers: [basic, ['Sec-Fetch-Site', 'cross-site']] })
  const { json } = await client.call('GET', `/v1/requests/${refused.headers['x-request-id']}`, { as: owner.session })
  t.match(json, { outcome: 'refused', reason: 'cross_site', credential: { kind: 'basic' } })
  t.match(json.checks.at(-1), { passed: false, remedy: /corsOrigins/ })
})
