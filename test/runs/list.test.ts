import t from 'tap'
import { newId } from '../../src/lib/ids.ts'
import { SEARCH_MAX } from '../../src/runs/list.ts'
import { startSluice } from '../fixtures/sluice.ts'

const {
  client,
  services: { database }
} = await startSluice(t, { role: 'gateway' })
const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
const second = (await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'second' } })).json.id
const START = Date.parse('2026-11-01T00:00:00Z')
const [flowId, tokenId, customerId] = [newId('flw'), newId('tok'), newId('cus')]
const ERROR = { type: 'urn:test', status: 404, title: 'Gone', detail: 'a long story', instance: '/do/0/ask' }

interface Made {
  workspaceId?: string
  flow?: string
  status?: string
  token?: string
  request?: string
  caller?: object
  error?: object
  second?: number
  live?: boolean
}

let clock = 0
async function make(run: Made): Promise<string> {
  const id = newId('run')
  const at = new Date(START + (run.second ?? ++clock) * 1000)
  await database.pool.query(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, token_id, request_id, caller, input, error,
                      started_at, finished_at)
     values ($1, $2, $3, 1, 'sync', $4, $5, $6, $7, '{}', $8, $9, $10)`,
    [
      id,
      run.workspaceId ?? ada.workspaceId,
      run.flow ?? 'flw_other',
      run.status ?? 'succeeded',
      run.token ?? null,
      run.request ?? 'req_other',
      run.caller ?? { kind: 'anonymous', id: null, name: null },
      run.error ?? null,
      at,
      run.live ? null : new Date(at.getTime() + 250)
    ]
  )
  return id
}

const failed = await make({ status: 'failed', error: ERROR, flow: flowId })
const inSecond = await make({ workspaceId: second, flow: flowId })
const byToken = await make({ token: tokenId, caller: { kind: 'token', id: tokenId, name: 'warehouse 100%' } })
const byCustomer = await make({
  caller: { kind: 'customer', id: 'user-4711', name: 'Grace', internalId: customerId },
  status: 'cancelled'
})
const byRequest = await make({ request: 'my-request-0001' })
const scheduled = await make({
  caller: { kind: 'schedule', id: flowId, name: 'schedule' },
  status: 'running',
  live: true
})
await make({ workspaceId: bob.workspaceId, flow: flowId, token: tokenId, request: 'my-request-0001', status: 'failed' })
await database.prisma.customer.create({
  data: {
    id: customerId,
    workspaceId: ada.workspaceId,
    externalId: 'user-4711',
    createdAt: new Date(START),
    lastActiveAt: new Date(START)
  }
})

const list = (query: string, as = ada.session) => client.call('GET', `/v1/runs?${query}`, { as })
const ids = async (query: string): Promise<string[]> =>
  (await list(query)).json.items.map(({ id }: { id: string }) => id)

t.test('200: a summary has the duration of a run, its error and what started it', async (t) => {
  const { items, total } = (await list('')).json
  t.equal(total, 6)
  const find = (id: string) => items.find((item: { id: string }) => item.id === id)
  t.match(find(failed), {
    durationMs: 250,
    error: { status: 404, title: 'Gone', instance: '/do/0/ask' },
    scheduled: false,
    replayOf: null
  })
  t.notOk('detail' in find(failed).error)
  t.match(find(scheduled), { scheduled: true, durationMs: null, error: null, finishedAt: null })
})

t.test('200: runs are found by each of their keys, alone and together, and never those of others', async (t) => {
  t.strictSame(await ids(`flowId=${flowId}`), [inSecond, failed])
  t.strictSame(await ids(`workspaceId=${second}`), [inSecond])
  t.strictSame(await ids(`tokenId=${tokenId}`), [byToken])
  t.strictSame(await ids('customerId=user-4711'), [byCustomer])
  t.strictSame(await ids(`customerId=${customerId}`), [byCustomer])
  t.strictSame(await ids('requestId=my-request-0001'), [byRequest])
  t.strictSame(await ids(`flowId=${flowId}&workspaceId=${second}`), [inSecond])
  t.strictSame(await ids(`workspaceId=${bob.workspaceId}`), [])
  t.strictSame(await ids('customerId=nobody'), [])
  t.equal((await list(`flowId=${flowId}&limit=1`)).json.total, 2, 'the total is that of all pages')
})

t.test('200: several statuses at once, and a span of time', async (t) => {
  t.strictSame(await ids('status=running,failed'), [scheduled, failed])
  t.strictSame(await ids('status=failed,failed,cancelled'), [byCustomer, failed])
  t.strictSame(await ids(`status=succeeded,failed&flowId=${flowId}`), [inSecond, failed])
  const at = (seconds: number) => new Date(START + seconds * 1000).toISOString()
  t.strictSame(await ids(`since=${at(2)}&until=${at(4)}`), [byToken, inSecond], 'until itself is not in it')
  for (const status of ['', 'done', 'failed,', ',failed', 'failed,done'])
    t.match((await list(`status=${status}`)).json, { code: 'validation_failed', errors: [{ pointer: '/status' }] })
})

t.test('200: a search looks at the name and the id of the caller, as they are written', async (t) => {
  t.strictSame(await ids('q=GRACE'), [byCustomer])
  t.strictSame(await ids('q=4711'), [byCustomer])
  t.strictSame(await ids(`q=${encodeURIComponent('100%')}`), [byToken])
  t.strictSame(await ids(`q=${encodeURIComponent('1_0')}`), [], 'no pattern of LIKE')
  t.equal((await list('q=grace')).json.total, 1)
})

t.test('200: a search ends its page with a cursor before it looks at too many runs', async (t) => {
  const carol = await client.signUp('Carol')
  await database.pool.query(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at)
     select 'run_' || lpad(n::text, 22, '0'), $1, 'flw', 1, 'sync', 'succeeded', 'req',
            case when n = 1 then '{"name": "needle"}' else '{"name": "hay"}' end::json, '{}',
            $2::timestamptz + n * interval '1 millisecond'
       from generate_series(1, $3::int) n`,
    [carol.workspaceId, new Date(START), SEARCH_MAX + 1]
  )
  const first = (await list('q=needle', carol.session)).json
  t.strictSame(first.items, [])
  t.type(first.nextCursor, 'string')
  t.notOk('total' in first, 'what was not counted is not claimed')
  const rest = (await list(`q=needle&cursor=${first.nextCursor}`, carol.session)).json
  t.match(rest, { items: [{ caller: { name: 'needle' } }], nextCursor: null })
  t.equal((await list('limit=1', carol.session)).json.total, '1000+')
})

t.test('202: several runs are replayed at once, and each answers for itself', async (t) => {
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as: ada.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'replayed', version: '1.0.0' },
      do: [{ answer: { set: { ok: true } } }]
    }
  })
  const original = await make({ flow: flow.json.id })
  const foreign = await make({ workspaceId: bob.workspaceId, flow: flow.json.id })
  const absent = newId('run')
  const answer = await client.call('POST', '/v1/runs/replay', {
    as: ada.session,
    body: { ids: [foreign, original, absent, failed, 'nonsense'] }
  })
  t.equal(answer.status, 202, answer.text)
  const notFound = { status: 404, code: 'not_found' }
  t.match(answer.json.items, [
    { id: foreign, error: notFound },
    { id: original, runId: /^run_/ },
    { id: absent, error: notFound },
    { id: failed, error: notFound },
    { id: 'nonsense', error: notFound }
  ])
  const { runId } = answer.json.items[1]
  t.match((await client.call('GET', `/v1/runs/${runId}`, { as: ada.session })).json, { replayOf: original })
  for (const body of [{ ids: [] }, { ids: Array.from({ length: 101 }, () => newId('run')) }, { ids: [absent, absent] }])
    t.equal((await client.call('POST', '/v1/runs/replay', { as: ada.session, body })).status, 400)
})
