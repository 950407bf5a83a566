import t from 'tap'
import { simulateFlow } from '../../../src/flows/simulate/simulate.ts'
import { SIMULATION_LIMITS } from '../../../src/flows/simulate/step-log.ts'
import { SYSTEM } from '../../../src/lib/actor.ts'
import type { FlowDocument } from '../../../src/dsl/index.ts'
import { maskJson } from '../../../src/runs/mask.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const sluice = await startSluice(t, { egressAllow: [new URL(upstream.url).host] })
const { client } = sluice
const ada = await client.signUp('Ada')

type Tasks = Record<string, unknown>[]
const documentOf = (tasks: Tasks, rest: object = {}) => ({
  document: { dsl: '1.0.3', namespace: 'test', name: 'simulated', version: '1.0.0' },
  ...rest,
  do: tasks
})
const simulate = (tasks: Tasks, body: object = {}, rest: object = {}) =>
  client.call('POST', '/v1/flows/simulate', { as: ada.session, body: { document: documentOf(tasks, rest), ...body } })
const CALL = {
  getPrice: {
    call: 'http',
    with: { method: 'get', endpoint: `${upstream.url}/json` },
    output: { as: '${ { price: .price } }' }
  }
}

t.test('200: the answer has the output and the steps of the flow', async (t) => {
  const answer = await simulate(
    [{ greet: { set: { greeting: '${ "Hello, " + .name }' } } }, { shout: { set: { text: '${ .greeting + "!" }' } } }],
    { input: { name: 'Ada' } }
  )
  t.equal(answer.status, 200)
  t.match(answer.json, { status: 'succeeded', output: { text: 'Hello, Ada!' }, error: null })
  t.match(answer.json.steps, [
    {
      pointer: '/do/0/greet',
      attempt: 1,
      status: 'succeeded',
      input: { name: 'Ada' },
      output: { greeting: 'Hello, Ada' },
      startedAt: String,
      durationMs: Number
    },
    { pointer: '/do/1/shout', status: 'succeeded', output: { text: 'Hello, Ada!' } }
  ])
  t.equal(answer.json.steps.length, 2)
  t.equal((await simulate([{ keep: { set: '${ . }' } }])).json.output, null, 'without input it is null')
})

t.test('a mocked call returns its mock through output.as; nothing is sent', async (t) => {
  const before = upstream.requests.length
  const answer = await simulate([CALL], { mocks: { '/do/0/getPrice': { output: { price: 7, extra: true } } } })
  t.match(answer.json, { status: 'succeeded', output: { price: 7 } })
  t.notOk('extra' in answer.json.output)
  t.equal(upstream.requests.length, before)
})

t.test('a mocked error is caught like a real one; uncaught, it names its task', async (t) => {
  const mocks = { '/do/0/tried/try/0/getPrice': { error: { status: 404, title: 'Not there' } } }
  const tried = [
    { tried: { try: [CALL], catch: { errors: { with: { status: 404 } }, do: [{ none: { set: { price: null } } }] } } }
  ]
  t.match((await simulate(tried, { mocks })).json, { status: 'succeeded', output: { price: null } })

  const answer = await simulate([CALL], { mocks: { '/do/0/getPrice': { error: { status: 503 } } } })
  t.equal(answer.status, 200, 'a failed simulation is an answer')
  t.match(answer.json, {
    status: 'failed',
    output: null,
    error: { type: /communication$/, status: 503, title: String, instance: '/do/0/getPrice' }
  })
  t.match(answer.json.steps, [{ pointer: '/do/0/getPrice', status: 'failed', error: { status: 503 } }])
})

t.test('a call that is not mocked fails with a clear error, even inside try', async (t) => {
  const before = upstream.requests.length
  const tried = [
    {
      tried: {
        try: [CALL],
        catch: { retry: { delay: 'PT1S', limit: { attempt: { count: 3 } } }, do: [{ none: { set: { price: null } } }] }
      }
    }
  ]
  for (const [tasks, pointer] of [
    [[CALL], '/do/0/getPrice'],
    [tried, '/do/0/tried/try/0/getPrice']
  ] as [Tasks, string][]) {
    const { json } = await simulate(tasks)
    t.match(json, { status: 'failed', error: { status: 400, title: 'Not mocked', instance: pointer } })
    t.match(json.error.detail, `mocks["${pointer}"]`)
  }
  t.equal(upstream.requests.length, before)
})

t.test('with live, calls that are not mocked are made, through the egress guard', async (t) => {
  const live = await simulate([{ get: { call: 'http', with: { method: 'get', endpoint: `${upstream.url}/json` } } }], {
    live: true
  })
  t.equal(live.json.status, 'succeeded', live.text)
  const refused = await simulate(
    [{ get: { call: 'http', with: { method: 'get', endpoint: 'http://127.0.0.1:9/' } } }],
    { live: true }
  )
  t.match(refused.json, { status: 'failed', error: { type: /communication$/ } })
})

t.test('waits, retries and timeouts pass at once, in the order in which they are due', async (t) => {
  const waited = await simulate([{ pause: { wait: 'PT23H' } }, { done: { set: { done: true } } }])
  t.match(waited.json, { status: 'succeeded', output: { done: true } })
  t.ok(waited.json.steps[0].durationMs >= 23 * 3_600_000, 'the steps say how long it would have taken')
  t.ok(Date.parse(waited.json.steps[1].startedAt) - Date.parse(waited.json.steps[0].startedAt) >= 23 * 3_600_000)

  // The second one is evaluated by another thread: the time stands still until it is.
  for (const first of [1, '${ def f: 1; f }']) {
    const branch = (hours: number, answer: unknown = hours) => ({
      do: [{ pause: { wait: `PT${hours}H` } }, { answer: { set: { hours: answer } } }]
    })
    const branches = [{ slow: branch(3) }, { fast: branch(1, first) }, { middle: branch(2) }]
    const race = await simulate([{ race: { fork: { compete: true, branches } } }])
    t.match(race.json, { status: 'succeeded', output: { hours: 1 } }, race.text)
  }

  const late = await simulate([{ late: { timeout: { after: 'PT1M' }, do: [{ pause: { wait: 'PT1H' } }] } }])
  t.match(late.json, { status: 'failed', error: { type: /timeout$/, status: 408, instance: '/do/0/late' } })
  const inTime = await simulate([
    { early: { timeout: { after: 'PT2H' }, do: [{ pause: { wait: 'PT1H' } }, { done: { set: { done: true } } }] } }
  ])
  t.match(inTime.json, { status: 'succeeded', output: { done: true } })
  const retried = await simulate(
    [
      {
        tried: {
          try: [CALL],
          catch: {
            retry: { delay: 'PT10M', limit: { attempt: { count: 3 } } },
            do: [{ none: { set: { gaveUp: true } } }]
          }
        }
      }
    ],
    { mocks: { '/do/0/tried/try/0/getPrice': { error: { status: 503 } } } }
  )
  t.match(retried.json, { status: 'succeeded', output: { gaveUp: true } })
  t.ok(retried.json.steps.filter(({ pointer }: { pointer: string }) => pointer.endsWith('/getPrice')).length > 1)
})

t.test('a live simulation that takes too long ends with a timeout', async (t) => {
  const document = documentOf([
    { hang: { call: 'http', with: { method: 'get', endpoint: `${upstream.url}/delay` } } }
  ]) as unknown as FlowDocument
  const result = await simulateFlow(
    { ...sluice.services, mask: maskJson, addSubflows: (_, ports) => ports, timeLimitMs: 100 },
    {
      document,
      openapi: new Map(),
      workspaceId: ada.workspaceId,
      input: null,
      mocks: {},
      live: true,
      requestId: 'req_test',
      owner: { key: 'acc_test', simulation: true },
      actor: SYSTEM
    }
  )
  t.match(result, {
    status: 'failed',
    output: null,
    error: { type: /timeout$/, status: 408, detail: 'A simulation may take at most 0.1 s.' }
  })
})

t.test('400: a mock whose pointer leads to no task, or that is malformed, is reported by its pointer', async (t) => {
  const strays = [
    '/do/1/getPrice',
    '/do/0/other',
    '/do/0',
    '/document',
    '',
    'getPrice',
    '/do/0/getPrice/with',
    '/do/length',
    '/do/00/getPrice',
    '/do/0/__proto__'
  ]
  const refused = await simulate([CALL], {
    mocks: Object.fromEntries(strays.map((pointer) => [pointer, { output: 1 }]))
  })
  t.equal(refused.status, 400)
  t.same(
    refused.json.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(),
    strays.map((pointer) => `/mocks/${pointer.replaceAll('/', '~1')}`).toSorted()
  )
  for (const mock of [{}, { output: 1, error: {} }, { error: 'text' }, 'text', null]) {
    t.equal(
      (await simulate([CALL], { mocks: { '/do/0/getPrice': mock } })).json.code,
      'validation_failed',
      JSON.stringify(mock)
    )
  }
})

t.test('400: the pointers of faults start at the root of the body', async (t) => {
  const refused = await simulate([{ first: { set: { a: 1 }, then: 'nowhere' } }])
  t.equal(refused.status, 400)
  t.equal(refused.json.errors[0].pointer, '/document/do/0/first/then')
  t.equal(
    (await client.call('POST', '/v1/flows/simulate', { as: ada.session, body: {} })).json.errors[0].pointer,
    '/document'
  )
})

t.test(
  'secrets: only their shape unless live, their value to the upstream if live, and never their value to the caller',
  async (t) => {
    const secret = 'unique-value-8841'
    await client.call('PUT', `/v1/workspaces/${ada.workspaceId}/secrets/api_key`, {
      as: ada.session,
      body: { value: secret }
    })
    await client.call('PUT', `/v1/workspaces/${ada.workspaceId}/secrets/erp`, {
      as: ada.session,
      body: { value: { username: 'me', password: secret } }
    })
    const tasks = [
      {
        send: {
          input: { from: '${ { key: $secrets.api_key, user: $secrets.erp.username } }' },
          call: 'http',
          with: { method: 'post', endpoint: `${upstream.url}/echo`, headers: { 'x-key': '${ .key }' }, body: '${ . }' }
        }
      }
    ]
    const saved = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
      as: ada.session,
      body: documentOf(tasks, { use: { secrets: ['api_key', 'erp'] } })
    })
    t.equal(saved.status, 201, saved.text)
    const stored = (body: object) =>
      client.call('POST', `/v1/flows/${saved.json.id}/simulate`, { as: ada.session, body })

    const mocked = await stored({ mocks: { '/do/0/send': { output: {} } } })
    t.same(mocked.json.steps[0].input, { key: '[secret]', user: '[secret]' })
    const live = await stored({ live: true })
    t.match(upstream.requests.at(-1)?.headers, { 'x-key': secret }, 'the upstream got it')
    for (const { text } of [mocked, live]) t.notMatch(text, secret)
    t.match(live.json.steps[0].input, { key: '[secret]' })

    const ofNoWorkspace = await simulate(tasks, { live: true }, { use: { secrets: ['api_key', 'erp'] } })
    t.match(
      ofNoWorkspace.json,
      { status: 'failed', error: { type: /authorization$/ } },
      'a document that is not saved sees none'
    )
  }
)

t.test('the latest version of a stored flow is simulated, published or not; nothing is recorded', async (t) => {
  const answering = (text: string) => ({
    ...documentOf([{ answer: { set: { text } } }]),
    document: { dsl: '1.0.3', namespace: 'test', name: 'stored', version: '1.0.0' }
  })
  const saved = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as: ada.session,
    body: answering('one')
  })
  await client.call('PUT', `/v1/flows/${saved.json.id}`, { as: ada.session, body: answering('two') })
  t.match((await client.call('POST', `/v1/flows/${saved.json.id}/simulate`, { as: ada.session, body: {} })).json, {
    output: { text: 'two' }
  })
  t.same((await client.call('GET', '/v1/runs', { as: ada.session })).json.items, [])
})

t.test('the size of the answer is bounded, whatever the flow does', async (t) => {
  const long = await simulate([{ first: { set: { text: 'x'.repeat(SIMULATION_LIMITS.valueChars) } } }])
  t.match(long.json.steps[0].output, { truncated: true, characters: Number })
  t.equal(long.json.output.text.length, SIMULATION_LIMITS.valueChars, 'the output itself is whole')
  const loop = await simulate(
    [
      { again: { set: { n: '${ .n + 1 }' } } },
      { more: { switch: [{ yes: { when: '${ .n < 2000 }', then: 'again' } }, { no: { then: 'end' } }] } }
    ],
    { input: { n: 0 } }
  )
  t.match(loop.json, { status: 'succeeded', output: { n: 2000 } })
  t.equal(loop.json.steps.length, SIMULATION_LIMITS.steps)
})
