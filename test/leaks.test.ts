import t from 'tap'
import pg from 'pg'
import { basicHeader, echoFlow, TOKEN_CARRIERS } from './fixtures/credentials.ts'
import { createEchoListener, createToken } from './fixtures/echo-listener.ts'
import { startSluice } from './fixtures/sluice.ts'
import { startUpstream } from './fixtures/upstream.ts'
import type { Answer } from './fixtures/client.ts'

/** Every text in every table. */
async function dump(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`
    )
    const texts: string[] = []
    for (const { name } of tables)
      texts.push(
        ...(await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`)).rows.map(
          ({ row }) => `${name} ${row}`
        )
      )
    return texts.join('\n')
  } finally {
    await client.end()
  }
}

/** The forms in which a credential could appear in a log: as is, in base64, in a URL. */
function formsOf(credential: string): string[] {
  return [
    credential,
    encodeURIComponent(credential),
    Buffer.from(credential).toString('base64').replace(/=+$/, ''),
    Buffer.from(credential).toString('hex')
  ]
}

t.test('no credential reaches a log, a table, an error or the wrong upstream', async (t) => {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
  const { client } = sluice
  const errors: Answer[] = []
  async function call(...args: Parameters<typeof client.call>): Promise<Answer<any>> {
    const answer = await client.call(...args)
    if (answer.status >= 400) errors.push(answer)
    return answer
  }

  const owner = await client.signUp()
  const workspace = (await call('POST', '/v1/workspaces', { as: owner.session, body: { name: 'w' } })).json
  const erpPassword = 'erp-password-4711-unique'
  const erpToken = 'erp-token-0815-unique'
  const secrets = `/v1/workspaces/${workspace.id}/secrets`
  t.ok(
    (
      await call('PUT', `${secrets}/erp`, {
        as: owner.session,
        body: { value: { username: 'erp-user', password: erpPassword } }
      })
    ).status < 300
  )
  t.ok((await call('PUT', `${secrets}/erpToken`, { as: owner.session, body: { value: erpToken } })).status < 300)

  const flow = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'with-secrets', version: '1.0.0' },
    use: { secrets: ['erp', 'erpToken'] },
    do: [
      {
        basic: {
          call: 'http',
          with: {
            method: 'post',
            endpoint: { uri: `${upstream.url}/echo`, authentication: { basic: { use: 'erp' } } },
            body: '${ . }'
          }
        }
      },
      {
        bearer: {
          call: 'http',
          with: {
            method: 'get',
            endpoint: { uri: `${upstream.url}/echo`, authentication: { bearer: { token: '${ $secrets.erpToken }' } } }
          }
        }
      },
      {
        fails: {
          call: 'http',
          with: {
            method: 'get',
            endpoint: {
              uri: `${upstream.url}/status/500`,
              authentication: { bearer: { token: '${ $secrets.erpToken }' } }
            }
          }
        }
      }
    ]
  }
  const created = await call('POST', `/v1/workspaces/${workspace.id}/flows`, { as: owner.session, body: flow })
  t.equal(created.status, 201, created.text)
  const echo = await call('POST', `/v1/workspaces/${workspace.id}/flows`, { as: owner.session, body: echoFlow() })
  const paths: string[] = []
  for (const flowId of [created.json.id, echo.json.id]) {
    const listener = await call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
      as: owner.session,
      body: { name: flowId, flowId }
    })
    paths.push(`/v1/dynamic/listener/${listener.json.id}`)
  }
  const opaque = (
    await call('POST', '/v1/tokens', { as: owner.session, body: { name: 'o', days: 0, password: owner.password } })
  ).json
  const jwt = (
    await call('POST', '/v1/tokens', {
      as: owner,
      body: { name: 'j', days: 1, format: 'jwt', password: owner.password }
    })
  ).json
  const wrongPassword = 'wrong-password-1234-unique'
  const forged = `${jwt.token.slice(0, -4)}AAAA`
  const madeUp = `slc_${'Q1w2E3r4T5'.repeat(6)}`

  for (const path of paths) {
    for (const token of [opaque.token, jwt.token, forged, madeUp]) {
      for (const put of Object.values(TOKEN_CARRIERS)) {
        const { headers, query } = put(token)
        await call('POST', `${path}?${query ?? ''}`, { headers: headers ? [headers] : [], body: { order: 1 } })
      }
    }
    await call('POST', path, { headers: [basicHeader(owner)], body: {} })
    await call('POST', path, { headers: [basicHeader({ ...owner, password: wrongPassword })], body: {} })
    await call('POST', path, {
      headers: [
        ['Cookie', `sluice=${owner.session}`],
        ['Authorization', `Bearer ${opaque.token}`]
      ],
      body: {}
    })
    await call('POST', `${path}?access_token=${opaque.token}`, { as: jwt.token })
  }
  for (const path of [
    `/v1/tokens/${opaque.token}`,
    `/${jwt.token}`,
    `/v1/runs?listenerId=${opaque.token}`,
    `/v1/tokens?q=${opaque.token}&nonsense=${jwt.token}`
  ])
    await call('GET', path, { as: owner.session })
  await call('POST', '/v1/tokens', { as: owner.session, body: { name: 'x', days: 0, password: wrongPassword } })
  await call('POST', '/v1/sessions', { body: { email: owner.email, password: wrongPassword } })
  await call('POST', '/v1/sessions', { body: { email: owner.password, password: owner.email } })
  await call('POST', '/v1/sessions', {
    raw: `{"password": "${owner.password}`,
    headers: { 'Content-Type': 'application/json' }
  })
  await call('GET', '/v1/account', { headers: [['Authorization', `Bearer ${opaque.token}`]] })

  const runs = await client.call('GET', '/v1/runs?limit=200', { as: owner.session })
  t.ok(runs.json.items.length > 20, 'the calls were recorded')
  const details = await Promise.all(
    runs.json.items.map(({ id }: { id: string }) => client.call('GET', `/v1/runs/${id}`, { as: owner.session }))
  )
  t.ok(
    details.some(({ text }) => text.includes('[secret]')),
    'the echoed secrets were recorded, masked'
  )

  const own = {
    session: owner.session,
    password: owner.password,
    'opaque token': opaque.token,
    JWT: jwt.token,
    'forged JWT': forged,
    'made-up token': madeUp,
    'wrong password': wrongPassword,
    'workspace secret': workspace.secret
  }
  const upstreams = { 'ERP password': erpPassword, 'ERP token': erpToken }
  const places = {
    'the log': sluice.logged(),
    'the database': await dump(sluice.databaseUrl),
    'an error': errors.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
    'a run record': details.map(({ text }) => text).join('\n')
  }
  t.ok(errors.length > 40, `${errors.length} errors`)
  t.match(places['the log'], /"msg":"call"/, 'the log is not empty')
  for (const [where, text] of Object.entries(places)) {
    for (const [what, credential] of Object.entries({ ...own, ...upstreams })) {
      for (const form of formsOf(credential))
        t.notOk(text.includes(form), `${what} in ${where}${form === credential ? '' : `, as ${form.slice(0, 8)}…`}`)
    }
  }
  t.ok(upstream.requests.length > 10)
  const sent = JSON.stringify(upstream.requests)
  t.ok(sent.includes(erpToken), 'the upstream got its own credential')
  for (const [what, credential] of Object.entries(own))
    for (const form of formsOf(credential)) t.notOk(sent.includes(form), `${what} at the upstream`)
})

t.test('a token that stands where none belongs reaches neither the log nor the flow', async (t) => {
  const { client, logged, databaseUrl } = await startSluice(t)
  const owner = await client.signUp()
  const listener = await createEchoListener(t, client, owner)
  const { token } = await createToken(t, client, owner)
  const { token: pasted } = await createToken(t, client, owner)

  t.equal((await client.call('GET', `/v1/dynamic/listener/${pasted}`)).status, 401)
  t.equal((await client.call('OPTIONS', `/v1/dynamic/listener/${pasted}`)).status, 404)
  const url = `https://page.example/a?access_token=${pasted}&page=2`
  const echoed = await client.call('GET', listener.path, {
    as: token,
    headers: { Referer: url, 'X-Original-URL': url, 'X-Forwarded-Uri': `/a?page=2&token=${pasted}` }
  })
  t.match(echoed.json.headers, {
    referer: 'https://page.example/a?access_token=[masked]&page=2',
    'x-original-url': 'https://page.example/a?access_token=[masked]&page=2',
    'x-forwarded-uri': '/a?page=2&token=[masked]'
  })
  const run = await client.call('GET', `/v1/runs/${echoed.headers['sluice-run-id']}`, { as: owner.session })
  t.match(run.json.input.headers, { referer: /masked/ })
  for (const [where, text] of Object.entries({ log: logged(), record: run.text, tables: await dump(databaseUrl) }))
    t.notOk(text.includes(pasted), where)
})
