import t from 'tap'
import { trimCalls } from '../../src/requests/retention.ts'
import { basicHeader } from '../fixtures/credentials.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const MINUTE_MS = 60_000

t.test('requests', async (t) => {
  const { client, clock, services } = await startSluice(t, { trustProxy: ['127.0.0.1'] })
  const owner = await client.signUp()
  const stranger = await client.signUp()
  const listener = await createEchoListener(t, client, owner)
  const token = await createToken(t, client, owner)
  const from = (ip: string) => ['X-Forwarded-For', ip] as const
  const list = async (query = '', as = owner.session) =>
    (await client.call('GET', `/v1/requests?${query}`, { as })).json.items
  const explain = (id: unknown, as = owner.session) => client.call('GET', `/v1/requests/${id}`, { as })
  const idOf = (answer: { headers: Record<string, unknown> }) => answer.headers['x-request-id']

  await t.test('200: an answered request names its credential, address, run and duration', async (t) => {
    const answered = await client.call('GET', listener.path, {
      headers: [['Authorization', `Bearer ${token.token}`], from('192.0.2.7')]
    })
    const [item] = await list(`listenerId=${listener.id}`)
    t.match(item, {
      requestId: idOf(answered),
      outcome: 'answered',
      status: 200,
      code: null,
      reason: null,
      listenerId: listener.id,
      credential: { kind: 'token', tokenId: token.id, tokenStart: token.start },
      ip: '192.0.2.7',
      ms: Number,
      runId: answered.headers['sluice-run-id']
    })
    const explained = (await explain(idOf(answered))).json
    t.match(explained, { outcome: 'answered', runId: item.runId })
    t.ok(explained.checks.every(({ passed }: { passed: boolean }) => passed))
  })

  await t.test('every kind of credential has its reason, and nothing of it reaches the caller', async (t) => {
    const workspace = await signingWorkspace(client, owner)
    const revoked = await createToken(t, client, owner)
    await client.call('DELETE', `/v1/tokens/${revoked.id}`, { as: owner.session })
    const foreign = await createToken(t, client, stranger)
    const unknownToken = `${revoked.token.slice(0, 4)}${'0'.repeat(54)}`
    const { path } = workspace
    const off = await createEchoListener(t, client, owner, { enabled: false })
    const calls: [expected: Record<string, unknown>, path: string, headers: (readonly [string, string])[]][] = [
      [{ reason: 'revoked', kind: 'token', tokenId: revoked.id }, path, [['Authorization', `Bearer ${revoked.token}`]]],
      [{ reason: 'malformed', kind: 'unknown' }, path, [['Authorization', `Bearer ${unknownToken}111111`]]],
      [{ reason: 'malformed', kind: 'unknown' }, path, [['Authorization', 'Bearer hello']]],
      [{ reason: 'unauthenticated', kind: 'none' }, path, []],
      [{ reason: 'wrong_password', kind: 'basic' }, path, [basicHeader({ email: owner.email, password: 'no' })]],
      [
        { reason: 'bad_signature', kind: 'customer' },
        path,
        [['Authorization', `Bearer ${workspace.sign({ id: 'c' }).slice(0, -4)}AAAA`]]
      ],
      [
        { reason: 'listener_of_another_workspace', kind: 'token' },
        path,
        [['Authorization', `Bearer ${foreign.token}`]]
      ],
      [
        { reason: 'several_credentials', kind: 'unknown' },
        path,
        [
          ['Authorization', 'Bearer a'],
          ['access_token', 'b']
        ]
      ],
      [{ reason: 'principal_not_accepted', kind: 'session' }, path, [['Authorization', `Bearer ${owner.session}`]]],
      [{ reason: 'listener_disabled', kind: 'token' }, off.path, [['Authorization', `Bearer ${token.token}`]]]
    ]
    for (const [{ reason, ...credential }, path, headers] of calls) {
      const refused = await client.call('GET', path, { headers })
      const explained = await explain(idOf(refused))
      t.match(explained.json, { outcome: 'refused', status: refused.status, code: refused.json.code, reason })
      t.match(explained.json.credential, credential)
      t.match(explained.json.checks.at(-1), { passed: false, why: String, remedy: String })
      t.notOk(explained.json.checks.slice(0, -1).some(({ passed }: { passed: boolean }) => !passed))
      if (reason !== refused.json.code) t.notMatch(refused.text, reason, 'the caller does not get the reason')
    }
    const [item] = await list(`reason=listener_of_another_workspace`)
    t.same(item.credential, { kind: 'token' }, 'a workspace learns nothing of the tokens of strangers')
    t.match(
      (await list(`reason=listener_of_another_workspace`, stranger.session))[0].credential,
      { tokenId: foreign.id, tokenStart: foreign.start },
      'who owns the token sees its refusal'
    )
    t.match(await list(`workspaceId=${workspace.id}&outcome=answered`), [])
    t.equal((await list(`workspaceId=${workspace.id}&outcome=refused`)).length, 9)
  })

  await t.test('tokens that others sign, and those for users of actions, have their reasons too', async (t) => {
    const workspace = await signingWorkspace(client, owner)
    const base = `/v1/workspaces/${workspace.id}`
    const make = async (method: string, path: string, body: unknown, as = owner.session) =>
      (await client.call(method, path, { as, body })).json
    const { flowId } = (await client.call('GET', `/v1/listeners/${workspace.listenerId}`, { as: owner.session })).json
    const made = (more: object) =>
      make('POST', `${base}/listeners`, { name: crypto.randomUUID().slice(0, 8), flowId, ...more })
    const closed = await made({ auth: { principals: ['token'] } })
    const granted = await made({ auth: { customers: ['somebody-else'] } })
    const headersOnly = await made({ auth: { carriers: ['header'] } })
    const far = await made({ allowedIps: ['192.0.2.0/24'] })
    const action = await make('POST', `${base}/actions`, { name: 'a', listeners: [workspace.listenerId] })
    const customer = workspace.sign({ id: 'c' })
    const issue = async () =>
      (await client.call('POST', `/v1/actions/${action.actionPackageId}/integration-token`, { as: customer })).json
        .token
    const [revoked, working] = [await issue(), await issue()]
    const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded']
    await client.call('POST', '/v1/tokens/revoke', { as: owner.session, raw: `token=${revoked}`, headers: [form] })
    const now = Math.floor(clock.now() / 1000)
    const calls: [reason: string, kind: string, listenerId: string, credential: string | { as: typeof owner }][] = [
      ['expired', 'customer', workspace.listenerId, workspace.sign({ id: 'c', exp: now - 3600 })],
      ['malformed', 'customer', workspace.listenerId, workspace.sign({ id: 'c', iat: now + 3600 })],
      ['malformed', 'customer', workspace.listenerId, workspace.sign({})],
      ['unknown', 'unknown', workspace.listenerId, workspace.sign({ id: 'c', iss: 'no such workspace' })],
      ['principal_not_accepted', 'admin', workspace.listenerId, workspace.sign({ isAdmin: true })],
      ['principal_not_accepted', 'customer', closed.id, customer],
      ['listener_not_in_scope', 'customer', granted.id, customer],
      ['carrier_not_accepted', 'customer', headersOnly.id, customer],
      ['ip_not_allowed', 'customer', far.id, customer],
      ['revoked', 'integration', workspace.listenerId, revoked],
      ['listener_not_in_scope', 'integration', closed.id, working],
      ['bad_signature', 'integration', workspace.listenerId, `${working.slice(0, -6)}AAAAAA`],
      ['listener_of_another_workspace', 'basic', workspace.listenerId, { as: stranger }],
      ['principal_not_accepted', 'basic', closed.id, { as: owner }]
    ]
    for (const [reason, kind, listenerId, credential] of calls) {
      const refused = await client.call('GET', `/v1/dynamic/listener/${listenerId}`, {
        as: typeof credential === 'string' ? credential : credential.as
      })
      const explained = await explain(idOf(refused))
      t.match(
        explained.json,
        { outcome: 'refused', reason, credential: { kind } },
        `${reason} ${kind}: ${refused.text}`
      )
      t.match(explained.json.checks?.at(-1), { passed: false, why: String, remedy: String }, `${reason} ${kind}`)
    }
  })

  await t.test('a failed run has the status of its answer; a part of the listener’s name finds it', async (t) => {
    const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
      as: owner.session,
      body: {
        document: { dsl: '1.0.3', namespace: 'test', name: 'fails', version: '1.0.0' },
        do: [{ gone: { raise: { error: { type: 'https://example.com/gone', status: 410, title: 'Gone' } } } }]
      }
    })
    const made = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
      as: owner.session,
      body: { name: 'Failing_one', flowId: flow.json.id }
    })
    const failed = await client.call('GET', `/v1/dynamic/listener/${made.json.id}`, { as: token.token })
    t.equal(failed.status, 410, failed.text)
    const expected = {
      requestId: idOf(failed),
      outcome: 'failed',
      status: 410,
      code: 'flow_failed',
      reason: null,
      runId: failed.headers['sluice-run-id']
    }
    for (const query of ['q=failing_', `q=${idOf(failed)}`, `listenerId=${made.json.id}`, 'outcome=failed']) {
      const items = await list(query)
      t.match(items, [expected], query)
      t.equal(items.length, 1, query)
    }
    t.match((await explain(idOf(failed))).json.checks.at(-1), { name: 'run', passed: false })
  })

  await t.test('an X-Request-Id that fits is kept, the newest of two is explained, and a token is no id', async (t) => {
    const call = (id: string, path = listener.path) =>
      client.call('GET', path, {
        headers: [
          ['Authorization', `Bearer ${token.token}`],
          ['X-Request-Id', id]
        ]
      })
    t.equal(idOf(await call('order-4711_a')), 'order-4711_a')
    clock.advance(1)
    const second = await call('order-4711_a')
    t.equal((await explain('order-4711_a')).json.runId, second.headers['sluice-run-id'])
    for (const bad of ['short', 'with space in it', 'x'.repeat(65), token.token])
      t.match(idOf(await call(bad)), /^req_/, bad)
    t.equal(token.token.length, 64)
  })

  await t.test('404: requests of other workspaces look like absent ones', async (t) => {
    const refused = await client.call('GET', listener.path)
    t.equal((await explain(idOf(refused), stranger.session)).status, 404)
    t.same(await list(`listenerId=${listener.id}`, stranger.session), [])
    const foreign = await client.call('GET', `/v1/requests?workspaceId=${owner.workspaceId}`, { as: stranger.session })
    t.equal(foreign.status, 404)
  })

  await t.test('pages of runs and refusals follow each other without a gap', async (t) => {
    const mixed = await createEchoListener(t, client, owner)
    const sent: unknown[] = []
    for (let n = 0; n < 6; n++) {
      clock.advance(1000)
      sent.unshift(idOf(await client.call('GET', mixed.path, n % 2 ? { as: token.token } : {})))
    }
    const seen: unknown[] = []
    let cursor = ''
    do {
      const page = (
        await client.call('GET', `/v1/requests?listenerId=${mixed.id}&limit=2${cursor}`, { as: owner.session })
      ).json
      seen.push(...page.items.map(({ requestId }: { requestId: string }) => requestId))
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
    } while (cursor !== '')
    t.same(seen, sent)
  })

  await t.test('the customer’s id of its back end finds its requests', async (t) => {
    const workspace = await signingWorkspace(client, owner)
    const answered = await client.call('GET', workspace.path, { as: workspace.sign({ id: 'user 1' }) })
    const items = await list('customerId=user%201')
    t.match(items, [{ requestId: idOf(answered), credential: { kind: 'customer', customerId: /^cus_/ } }])
    t.match(await list(`customerId=${items[0].credential.customerId}`), [{ requestId: idOf(answered) }])
  })

  await t.test('a flood keeps its first 200 of a minute, and the newest 1,000 of a day', async (t) => {
    const flooded = await createEchoListener(t, client, owner)
    const one = (n: number) => ({
      requestId: `flood-${n}`,
      method: 'GET',
      route: '/v1/dynamic/listener/:listenerId',
      path: flooded.path,
      status: 401,
      ms: 1,
      ip: '192.0.2.1',
      listenerId: flooded.id,
      credential: { kind: 'none' as const },
      code: 'unauthenticated' as const
    })
    for (let minute = 0; minute < 7; minute++) {
      for (let n = 0; n < 300; n++) services.calls.onCall(one(n))
      await services.calls.flush()
      clock.advance(MINUTE_MS)
    }
    const count = async () =>
      (
        await services.database.pool.query<{ n: number }>(
          'select count(*)::int as n from recorded_call where listener_id = $1',
          [flooded.id]
        )
      ).rows[0]?.n
    t.equal(await count(), 1_400)
    await trimCalls({ pool: services.database.pool, clock })
    t.equal(await count(), 1_000)
  })
})
