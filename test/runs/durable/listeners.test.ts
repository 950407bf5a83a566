import t from 'tap'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { createToken } from '../../fixtures/echo-listener.ts'
import { startSecondProcess } from '../../fixtures/second-process.ts'
import { startSluice, type TestSluice } from '../../fixtures/sluice.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { startUpstream, type Upstream } from '../../fixtures/upstream.ts'
import { until } from '../../fixtures/until.ts'
import type { Person } from '../../fixtures/client.ts'

type Tap = Parameters<typeof startSluice>[0]

async function gateway(t: Tap) {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
  return { upstream, sluice, owner: await sluice.client.signUp() }
}

let names = 0

async function listener(
  t: Tap,
  { client }: TestSluice,
  owner: Person,
  tasks: object[],
  options: object = {}
): Promise<{ id: string; path: string }> {
  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name: `flow-${++names}`, version: '1.0.0' },
    do: tasks
  }
  const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: document
  })
  t.equal(flow.status, 201, flow.text)
  const made = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
    as: owner.session,
    body: { name: `listener ${names}`, flowId: flow.json.id, ...options }
  })
  t.equal(made.status, 201, made.text)
  return { id: made.json.id, path: `/v1/dynamic/listener/${made.json.id}` }
}

const call = (upstream: Upstream, path: string, name = 'ask'): object => ({
  [name]: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}${path}` } } }
})

async function runIs(sluice: TestSluice, owner: Person, runId: string, status: string): Promise<any> {
  await until(
    async () => (await sluice.client.call('GET', `/v1/runs/${runId}`, { as: owner.session })).json.status === status,
    60_000,
    `${runId} ${status}`
  )
  return (await sluice.client.call('GET', `/v1/runs/${runId}`, { as: owner.session })).json
}

t.test(
  '202: an asynchronous listener answers when the run is queued, and the run goes from running to succeeded',
  async (t) => {
    const { upstream, sluice, owner } = await gateway(t)
    const { path } = await listener(
      t,
      sluice,
      owner,
      [{ first: { set: { n: '${ .body.n }' } } }, call(upstream, '/delay')],
      { mode: 'async' }
    )
    const answer = await sluice.client.call('POST', path, { as: owner, body: { n: 1 } })

    t.equal(answer.status, 202, answer.text)
    const { runId, status, statusUrl } = answer.json
    t.equal(status, 'queued')
    t.equal(statusUrl, `${sluice.url}/v1/runs/${runId}`)
    t.equal(answer.headers['location'], statusUrl)
    t.equal(answer.headers['sluice-run-id'], runId)

    await upstream.received('/delay')
    const running = await runIs(sluice, owner, runId, 'running')
    t.equal(running.mode, 'async')
    t.equal(running.finishedAt, null)
    await until(
      async () => (await sluice.client.call('GET', `/v1/runs/${runId}`, { as: owner.session })).json.steps.length === 1,
      60_000,
      'the finished step is visible while the run continues'
    )
    upstream.release()
    const ended = await runIs(sluice, owner, runId, 'succeeded')
    t.same(ended.output, { delayed: true })
    t.same(
      ended.steps.map((step: { pointer: string }) => step.pointer),
      ['/do/0/first', '/do/1/ask']
    )
  }
)

t.test('202: a synchronous listener answers a call with Prefer: respond-async', async (t) => {
  const { sluice, owner } = await gateway(t)
  const { path } = await listener(t, sluice, owner, [{ answer: { set: { ok: true } } }])
  const answer = await sluice.client.call('POST', path, {
    as: owner,
    body: {},
    headers: { Prefer: 'wait=5, Respond-Async; wait=5' }
  })
  t.equal(answer.status, 202, answer.text)
  t.equal(answer.headers['preference-applied'], 'respond-async')
  t.same((await runIs(sluice, owner, answer.json.runId, 'succeeded')).output, { ok: true })
})

t.test('Idempotency-Key', async (t) => {
  const { upstream, sluice, owner } = await gateway(t)
  const echo = await listener(t, sluice, owner, [call(upstream, '/echo'), { answer: { set: { n: '${ .method }' } } }])
  const slow = await listener(t, sluice, owner, [call(upstream, '/delay')])
  const failing = await listener(t, sluice, owner, [call(upstream, '/status/503')])
  const queued = await listener(t, sluice, owner, [call(upstream, '/echo')], { mode: 'async' })
  const post = (path: string, key: string, body: unknown = { n: 1 }, as: Person = owner) =>
    sluice.client.call('POST', path, { as, body, headers: { 'Idempotency-Key': key } })

  await t.test('200: the same key and body gets the first answer again, with the id of the first run', async (t) => {
    const first = await post(echo.path, 'a')
    t.equal(first.status, 200, first.text)
    const again = await post(echo.path, 'a')
    t.equal(again.text, first.text)
    t.equal(again.headers['sluice-run-id'], first.headers['sluice-run-id'])
    t.equal(upstream.requests.length, 1)
  })

  await t.test('409: the same key with another body', async (t) => {
    const answer = await post(echo.path, 'a', { n: 2 })
    t.equal(answer.status, 409, answer.text)
    t.equal(answer.json.code, 'conflict')
  })

  await t.test('200: the same key of another caller is independent', async (t) => {
    const other = await sluice.client.signUp('Grace')
    const before = upstream.requests.length
    const token = await sluice.client.call('POST', '/v1/tokens', {
      as: owner.session,
      body: { name: 'k', days: 0, password: owner.password }
    })
    const answer = await sluice.client.call('POST', echo.path, {
      as: token.json.token,
      body: { n: 3 },
      headers: { 'Idempotency-Key': 'a' }
    })
    t.equal(answer.status, 200, answer.text)
    t.equal(upstream.requests.length, before + 1)
    t.equal((await post(echo.path, 'a', { n: 1 }, other)).status, 404, 'and a stranger sees no listener')
  })

  await t.test('200: concurrent twins run once, over two processes', async (t) => {
    const second = await startSecondProcess(t, sluice)
    const first = [post(slow.path, 'twin'), post(slow.path, 'twin')]
    await upstream.received('/delay')
    const twins = [
      ...first,
      second.client.call('POST', slow.path, { as: owner, body: { n: 1 }, headers: { 'Idempotency-Key': 'twin' } })
    ]
    upstream.release()
    const answers = await Promise.all(twins)
    t.same(
      answers.map(({ status }) => status),
      [200, 200, 200],
      answers.map(({ text }) => text).join('\n')
    )
    t.equal(new Set(answers.map(({ headers }) => headers['sluice-run-id'])).size, 1)
    t.equal(upstream.requests.filter((request) => request.path === '/delay').length, 1)
  })

  await t.test('502: a failed run is an answer, and is repeated too', async (t) => {
    const first = await post(failing.path, 'f')
    t.equal(first.status, 502, first.text)
    const again = await post(failing.path, 'f')
    t.equal(again.status, 502)
    t.equal(again.json.runId, first.json.runId)
    t.ok(first.headers['sluice-run-id'])
    t.equal(again.headers['sluice-run-id'], first.headers['sluice-run-id'])
    t.equal(upstream.requests.filter((request) => request.path === '/status/503').length, 1)
  })

  await t.test('202: an asynchronous call is queued once', async (t) => {
    const answers = await Promise.all([post(queued.path, 'q'), post(queued.path, 'q'), post(queued.path, 'q')])
    t.same(
      answers.map(({ status }) => status),
      [202, 202, 202],
      answers.map(({ text }) => text).join('\n')
    )
    t.equal(new Set(answers.map(({ json }) => json.runId)).size, 1)
    await runIs(sluice, owner, answers[0]?.json.runId, 'succeeded')
  })

  await t.test('202: a synchronous call with Prefer: respond-async is queued once', async (t) => {
    const before = upstream.requests.length
    const post = () =>
      sluice.client.call('POST', echo.path, {
        as: owner,
        body: { n: 5 },
        headers: { 'Idempotency-Key': 'later', Prefer: 'respond-async' }
      })
    const answers = [...(await Promise.all([post(), post()])), await post()]
    t.same(
      answers.map(({ status }) => status),
      [202, 202, 202],
      answers.map(({ text }) => text).join('\n')
    )
    t.equal(new Set(answers.map(({ text }) => text)).size, 1)
    t.same(
      answers.map(({ headers }) => headers['preference-applied']),
      ['respond-async', 'respond-async', 'respond-async']
    )
    await runIs(sluice, owner, answers[0]?.json.runId, 'succeeded')
    t.equal((await post()).status, 202, 'also when it has ended')
    t.equal(upstream.requests.length, before + 1)
  })

  await t.test('a key expires after a day', async (t) => {
    const before = upstream.requests.length
    sluice.clock.advance(24 * 60 * 60 * 1000 + 1)
    t.equal((await post(echo.path, 'a', { n: 9 })).status, 200)
    t.equal(upstream.requests.length, before + 1)
  })

  await t.test('400: an empty key, and one of 256 characters', async (t) => {
    t.equal((await post(echo.path, 'k'.repeat(256))).status, 400)
    t.equal((await post(echo.path, '')).status, 400)
    t.equal((await post(echo.path, 'k'.repeat(255))).status, 200)
  })
})

t.test('202: a synchronous run that reaches a long wait becomes durable, and continues after the wait', async (t) => {
  const { upstream, sluice, owner } = await gateway(t)
  const { path } = await listener(t, sluice, owner, [
    call(upstream, '/echo', 'before'),
    { rest: { wait: { minutes: 3 } } },
    call(upstream, '/echo', 'after'),
    { answer: { set: { done: true } } }
  ])
  const answer = await sluice.client.call('POST', path, { as: owner, body: {} })
  t.equal(answer.status, 202, answer.text)
  await runIs(sluice, owner, answer.json.runId, 'waiting')
  sluice.clock.advance(3 * 60_000)
  t.same((await runIs(sluice, owner, answer.json.runId, 'succeeded')).output, { done: true })
  t.equal(upstream.requests.length, 2, 'what was done before the wait is not done again')
})

t.test('deadline', async (t) => {
  const { upstream, sluice, owner } = await gateway(t)

  await t.test(
    '202: a synchronous run continues after its timeout where its listener allows it, and its call is not repeated',
    async (t) => {
      const { id, path } = await listener(t, sluice, owner, [call(upstream, '/delay')], { timeoutSeconds: 1 })
      await sluice.services.database.prisma.listener.update({ where: { id }, data: { onDeadline: 'continue' } })
      const answer = await sluice.client.call('POST', path, { as: owner, body: {} })
      t.equal(answer.status, 202, answer.text)
      t.equal(answer.json.status, 'running')
      upstream.release()
      t.same((await runIs(sluice, owner, answer.json.runId, 'succeeded')).output, { delayed: true })
      t.equal(upstream.requests.length, 1)
    }
  )

  await t.test(
    '202: with an Idempotency-Key, a continuing run is not repeated although the process died before it answered',
    async (t) => {
      const { upstream, sluice, owner } = await gateway(t)
      const { path } = await listener(t, sluice, owner, [call(upstream, '/delay')], {
        timeoutSeconds: 1,
        onDeadline: 'continue'
      })
      const post = () => sluice.client.call('POST', path, { as: owner, body: {}, headers: { 'Idempotency-Key': 'k' } })
      const first = await post()
      t.equal(first.status, 202, first.text)
      // As the call of a process that died after making the run durable and before storing its answer.
      await sluice.services.database.pool.query('update idempotent_call set answer = null, worker_id = 2000000000')
      const again = await post()
      t.equal(again.text, first.text)
      upstream.release()
      await runIs(sluice, owner, first.json.runId, 'succeeded')
      t.equal(upstream.requests.length, 1)
    }
  )

  await t.test('200: a flow with a short wait is answered while the database is away', async (t) => {
    const clock = createTestClock()
    const proxy = await startTcpProxy(t, (await testDatabase(t)).url)
    const sluice = await startSluice(t, { databaseUrl: proxy.url, clock })
    const owner = await sluice.client.signUp()
    const { path } = await listener(t, sluice, owner, [
      { pause: { wait: { milliseconds: 1 } } },
      { answer: { set: { ok: true } } }
    ])
    const { token } = await createToken(t, sluice.client, owner)
    const ask = () => sluice.client.call('POST', path, { as: token, body: {} })
    t.equal((await ask()).status, 200)
    await proxy.cut()
    clock.advance(2_000)
    const answer = await ask()
    t.match([answer.status, answer.json], [200, { ok: true }], answer.text)
    await proxy.restore()
  })

  await t.test(
    '503: a run that cannot be made durable ends with its answer, its call is aborted, and its record says so',
    async (t) => {
      const upstream = await startUpstream()
      t.teardown(() => upstream.close())
      const proxy = await startTcpProxy(t, (await testDatabase(t)).url)
      const sluice = await startSluice(t, { databaseUrl: proxy.url, egressAllow: [`127.0.0.1:${upstream.port}`] })
      const owner = await sluice.client.signUp()
      const { id, path } = await listener(t, sluice, owner, [call(upstream, '/delay')], {
        timeoutSeconds: 1,
        onDeadline: 'continue'
      })
      const answering = sluice.client.call('POST', path, { as: owner, body: {} })
      await upstream.received('/delay')
      await proxy.cut()
      const answer = await answering
      t.match([answer.status, answer.json], [503, { code: 'unavailable' }])
      await until(async () => upstream.openSockets() === 0, 60_000, 'the call is aborted')
      await proxy.restore()
      const runs = () => sluice.client.call('GET', `/v1/runs?listenerId=${id}`, { as: owner.session })
      await until(async () => (await runs()).json.items?.length === 1, 60_000, 'the record')
      const run = await sluice.client.call('GET', `/v1/runs/${(await runs()).json.items[0].id}`, { as: owner.session })
      t.match(run.json, { mode: 'sync', status: 'failed', error: { title: 'Not made durable' } })
    }
  )

  await t.test("a continuing run counts towards its listener's limit: queued runs wait for it", async (t) => {
    const { upstream, sluice, owner } = await gateway(t)
    const { engine, database } = sluice.services
    const { path } = await listener(t, sluice, owner, [call(upstream, '/delay')], {
      timeoutSeconds: 1,
      onDeadline: 'continue',
      maxConcurrency: 1
    })
    const used = async (): Promise<number | undefined> =>
      (await database.pool.query<{ used: number }>('select used from listener_slot')).rows[0]?.used
    const continued = await Promise.all([1, 2].map(() => sluice.client.call('POST', path, { as: owner, body: {} })))
    t.same(
      continued.map(({ status }) => status),
      [202, 202]
    )
    t.equal(await used(), 2, 'a started run is not stopped, and counts beyond the limit')
    const queued = await sluice.client.call('POST', path, { as: owner, body: {}, headers: { Prefer: 'respond-async' } })
    await until(async () => (await engine.stats()).blocked === 1, 60_000, 'put aside')
    t.equal(upstream.requests.length, 2)
    upstream.release()
    for (const { json } of [...continued, queued]) await runIs(sluice, owner, json.runId, 'succeeded')
    t.equal(await used(), 0, 'every place was given back')
  })
})
