import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const HALF = /half of a surrogate pair/
const NUL = /U\+0000/

t.test('text that is not well-formed Unicode', async (t) => {
  const { client, services } = await startSluice(t)
  const ada = await client.signUp()
  const as = ada.session
  const flows = `/v1/workspaces/${ada.workspaceId}/flows`

  await t.test('400 with its pointer on management, whatever the field', async (t) => {
    for (const [method, path, body, pointer] of [
      ['PATCH', '/v1/account', { name: '\ud800' }, '/name'],
      ['PATCH', '/v1/account', { pictureUrl: 'https://x.example/\udc00' }, '/pictureUrl'],
      ['PATCH', `/v1/workspaces/${ada.workspaceId}`, { name: 'a\udfff' }, '/name'],
      ['PATCH', `/v1/workspaces/${ada.workspaceId}`, { jwksUri: 'https://x.example/\u0000' }, '/jwksUri'],
      ['PUT', `/v1/workspaces/${ada.workspaceId}/event-sink`, { url: 'https://x.example/\u0000' }, '/url'],
      ['PUT', `/v1/workspaces/${ada.workspaceId}/secrets/one`, { value: 'a\ud800' }, '/value'],
      ['POST', '/v1/tokens', { name: 'x', days: 1, password: '\ud800' }, '/password'],
      [
        'POST',
        '/v1/accounts',
        { email: 'n@example.com', password: 'a long pass phrase', name: 'x', pictureUrl: 'https://x.example/\u0000' },
        '/pictureUrl'
      ]
    ] as const) {
      const answer = await client.call(method, path, { as, body })
      t.match(answer.json, { status: 400, code: 'validation_failed', errors: [{ pointer, message: /./ }] }, path)
    }
  })

  await t.test('400 for flow documents, as JSON and as YAML', async (t) => {
    const json = (text: string): string =>
      '{"document":{"dsl":"1.0.3","namespace":"test","name":"bad","version":"1.0.0"},' +
      `"do":[{"a":{"set":{"x":"${text}"}}}]}`
    const yaml = (text: string): string =>
      `document: {dsl: 1.0.3, namespace: test, name: bad, version: 1.0.0}\ndo:\n  - a: {set: {x: "${text}"}}\n`
    for (const [type, text, message] of [
      ['application/json', json('\\ud800'), HALF],
      ['application/json', json('\\u0000'), NUL],
      ['application/yaml', yaml('\\uD800'), HALF],
      ['application/yaml', yaml('\\0'), NUL]
    ] as const) {
      const answer = await client.call('POST', flows, { as, raw: text, headers: { 'Content-Type': type } })
      const errors = [{ pointer: '/do/0/a/set/x', message, line: Number, column: Number }]
      t.match(answer.json, { status: 400, code: 'validation_failed', errors }, text)
    }
    const whole = await client.call('POST', flows, {
      as,
      raw: json('\\ud83d\\ude00 \\\\ud800'),
      headers: { 'Content-Type': 'application/json' }
    })
    t.equal(whole.status, 201, whole.text)
  })

  await t.test('400 for a member that comes twice: no two readers agree which one counts', async (t) => {
    const headers = { 'Content-Type': 'application/json' }
    const raw = '{"name":"first","scope":{"listeners":[],"listeners":[]}}'
    const answer = await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, { as, raw, headers })
    t.match(answer.json, { status: 400, code: 'validation_failed', errors: [{ message: /repeated member/ }] })
  })

  await t.test('400 for bytes that are not UTF-8: nothing is replaced', async (t) => {
    for (const [method, path, type] of [
      ['PATCH', '/v1/account', 'application/json'],
      ['POST', flows, 'application/json'],
      ['POST', flows, 'application/yaml']
    ] as const) {
      const raw = Buffer.concat([Buffer.from('{"name":"A'), Buffer.from([0xff]), Buffer.from('Z"}')])
      const answer = await client.call(method, path, { as, raw, headers: { 'Content-Type': type } })
      t.match(answer.json, {
        status: 400,
        code: 'validation_failed',
        errors: [{ pointer: '', message: 'is not UTF-8' }]
      })
    }
    t.equal((await client.call('GET', '/v1/account', { as })).json.name, 'Ada')
  })

  await t.test('400 for U+0000 in queries; in a path it names nothing: 404', async (t) => {
    const { id } = await createToken(t, client, ada)
    for (const path of ['/v1/runs?listenerId=%00', '/v1/tokens?cursor=%00'])
      t.match((await client.call('GET', path, { as })).json, { status: 400, code: 'validation_failed' }, path)
    for (const path of ['/v1/flows/a%00b', `/v1/tokens/${id}%00`])
      t.match((await client.call('GET', path, { as })).json, { status: 404, code: 'not_found' }, path)
  })

  await t.test('400 in JSON bodies of listeners, and no run', async (t) => {
    const { path } = await createEchoListener(t, client, ada, { auth: { anonymous: true } })
    for (const raw of ['{"a":"\\ud800"}', '["\\u0000"]', '{"\\udfff":1}', Buffer.from([0x22, 0xff, 0x22])]) {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await client.call('POST', path, { raw, headers })
      t.match(answer.json, { status: 400, code: 'invalid_request' }, String(raw))
      t.notOk(answer.headers['sluice-run-id'])
    }
    const emoji = await client.call('POST', path, {
      raw: '{"a":"\\ud83d\\ude00"}',
      headers: { 'Content-Type': 'application/json' }
    })
    t.same([emoji.status, emoji.json.body], [200, { a: '😀' }])
  })

  await t.test('400 for control characters in URLs; a URL is stored as the parser writes it', async (t) => {
    for (const url of [
      'https://x.example/\n\tx',
      ' https://x.example/'.replace(' ', '\u0001'),
      'https://x.example/\u007f'
    ])
      t.match((await client.call('PATCH', '/v1/account', { as, body: { pictureUrl: url } })).json, {
        status: 400,
        errors: [{ pointer: '/pictureUrl' }]
      })
    const account = await client.call('PATCH', '/v1/account', { as, body: { pictureUrl: 'HTTPS://X.example:443/a b' } })
    t.equal(account.json.pictureUrl, 'https://x.example/a%20b')
    const workspace = await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, {
      as,
      body: { jwksUri: 'https://X.example/./keys' }
    })
    t.equal(workspace.json.jwksUri, 'https://x.example/keys')
    const sink = await client.call('PUT', `/v1/workspaces/${ada.workspaceId}/event-sink`, {
      as,
      body: { url: 'https://X.example' }
    })
    t.equal(sink.json.url, 'https://x.example/')
    const { rows } = await services.database.pool.query('select url from event_sink')
    t.same(rows, [{ url: 'https://x.example/' }])
  })
})
