import t from 'tap'
import { ALERT_EVERY_MS } from '../../src/events/alerts/report.ts'
import { REFUSALS_MIN, REFUSALS_WINDOW_MS } from '../../src/events/alerts/refusals.ts'
import { MAX_ATTEMPTS } from '../../src/events/retry.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { createManagementToken } from '../fixtures/management.ts'
import { startMailServer } from '../fixtures/mail-server.ts'
import { startSluice, type TestSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { until } from '../fixtures/until.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const mailServer = await startMailServer(t)
const clock = createTestClock()
const options = { clock, smtp: mailServer.smtp, egressAllow: [`127.0.0.1:${upstream.port}`] }
const first = await startSluice(t, options)
const second = await startSluice(t, { ...options, databaseUrl: first.databaseUrl })
const { client, services } = first

const FAILS = [{ broken: { set: { a: '${ 1 / 0 }' } } }]
const raise = (status: number) => [
  { no: { raise: { error: { type: 'https://example.com/no', title: 'No', status } } } }
]

/** A workspace of its own, with an address for its alerts. */
async function newWorkspace() {
  const owner = await client.signUp('Ada')
  const at = `/v1/workspaces/${owner.workspaceId}`
  // By Basic: the clock jumps further than a session lives.
  const call = (method: string, path: string, body?: unknown) =>
    client.call(method, at + path, { as: owner, ...(body === undefined ? {} : { body }) })
  const alertsTo = `alerts-of-${owner.workspaceId.toLowerCase()}@example.com`
  const patched = await call('PATCH', '', { alertEmails: [alertsTo] })
  if (patched.status !== 200) throw new Error(patched.text)
  return {
    ...owner,
    alertsTo,
    call,
    async flow(name: string, tasks: object[], more: object = {}): Promise<string> {
      const flow = await call('POST', '/flows', {
        document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
        do: tasks,
        ...more
      })
      if (flow.status !== 201) throw new Error(flow.text)
      return flow.json.id
    },
    async listener(flowId: string, more: object = {}): Promise<{ id: string; path: string }> {
      const listener = await call('POST', '/listeners', { name: `of ${flowId}`, flowId, ...more })
      return { id: listener.json.id, path: `/v1/dynamic/listener/${listener.json.id}` }
    },
    /** The events of the gateway itself, oldest first. */
    async alerts(): Promise<{ type: string; subject: string; data: Record<string, unknown> }[]> {
      const { items } = (await call('GET', '/events?limit=200')).json
      return items
        .map(({ event }: { event: { type: string } }) => event)
        .filter(({ type }: { type: string }) => type.startsWith('sluice.'))
        .reverse()
    },
    mails: () =>
      mailServer.mails.filter((mail) => JSON.stringify(mail.to ?? '').includes(alertsTo)).map(({ text }) => text ?? '')
  }
}

async function tell(...sluices: TestSluice[]): Promise<void> {
  for (const { services } of sluices) await services.alerts.flush()
}

t.test('the first failure of a flow is told at once, the next ones together after an hour', async (t) => {
  const ada = await newWorkspace()
  const flowId = await ada.flow('fails', FAILS)
  const { id: listenerId, path } = await ada.listener(flowId)
  const since = clock.now()
  const failed = await client.call('GET', path, { as: ada })
  t.equal(failed.status, 500)
  await tell(first)
  const [alert, ...others] = await ada.alerts()
  t.same(others, [])
  t.match(alert, {
    specversion: '1.0',
    type: 'sluice.run.failed',
    subject: flowId,
    source: /\/v1\/workspaces\/wsp_/,
    data: {
      flowId,
      listenerId,
      runId: failed.headers['sluice-run-id'],
      error: { status: 400, title: 'Expression error', instance: '/do/0/broken' },
      count: 1
    }
  })
  t.ok(Date.parse(String(alert?.data['since'])) >= since)
  const mail = await mailServer.received(ada.alertsTo, /A run of fails failed in the workspace/)
  t.match(mail.text, failed.headers['sluice-run-id'])

  for (let call = 0; call < 3; call++) await client.call('GET', path, { as: ada })
  await tell(first, second)
  t.equal((await ada.alerts()).length, 1, 'within the hour nothing more is told')
  clock.advance(ALERT_EVERY_MS)
  await client.call('GET', path, { as: ada })
  await tell(first)
  const [, again, ...rest] = await ada.alerts()
  t.same(rest, [])
  t.match(again?.data, { flowId, count: 4 })
  t.ok(Date.parse(String(again?.data['since'])) < clock.now() - ALERT_EVERY_MS + 60_000, 'since the first of them')
  await until(async () => ada.mails().length === 2, 30_000, 'the second mail')
})

t.test('several processes tell of a flow once, and together count all', async (t) => {
  const ada = await newWorkspace()
  const { path } = await ada.listener(await ada.flow('several', FAILS))
  const fail = () => Promise.all([first, second].map(({ client }) => client.call('GET', path, { as: ada })))
  await fail()
  await Promise.all([tell(first), tell(second)])
  await fail()
  await Promise.all([tell(first), tell(second)])
  t.equal((await ada.alerts()).length, 1)
  clock.advance(ALERT_EVERY_MS)
  await fail()
  await Promise.all([tell(first), tell(second)])
  const alerts = await ada.alerts()
  t.ok(alerts.length <= 2)
  clock.advance(ALERT_EVERY_MS)
  await services.alerts.reportDue()
  const counts = (await ada.alerts()).map(({ data }) => Number(data['count']))
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    6,
    'every failure is in one count'
  )
})

t.test('what is held back is told when its hour is over, without another failure', async (t) => {
  const ada = await newWorkspace()
  const { path } = await ada.listener(await ada.flow('held-back', FAILS))
  await client.call('GET', path, { as: ada })
  await tell(first)
  await client.call('GET', path, { as: ada })
  await tell(first)
  await services.alerts.reportDue()
  t.equal((await ada.alerts()).length, 1)
  clock.advance(ALERT_EVERY_MS)
  await second.services.alerts.reportDue()
  t.match(
    (await ada.alerts()).map(({ data }) => data['count']),
    [1, 1]
  )
})

t.test('errors that a flow raises with 4xx, refused inputs and cancelled runs are told to nobody', async (t) => {
  const ada = await newWorkspace()
  const raised = await ada.listener(await ada.flow('raises', raise(404)))
  t.equal((await client.call('GET', raised.path, { as: ada })).status, 404)
  const strict = await ada.listener(
    await ada.flow('strict', [{ a: { set: { ok: true } } }], {
      input: { schema: { document: { type: 'object', required: ['nothing'] } } }
    })
  )
  t.equal((await client.call('GET', strict.path, { as: ada })).status, 400)
  const waits = await ada.listener(await ada.flow('waits', [{ rest: { wait: { hours: 1 } } }]), { mode: 'async' })
  const { runId } = (await client.call('POST', waits.path, { as: ada, body: {} })).json
  t.equal((await client.call('POST', `/v1/runs/${runId}/cancel`, { as: ada.session })).status, 204)
  const server = await ada.listener(await ada.flow('raises-503', raise(503)))
  t.equal((await client.call('GET', server.path, { as: ada })).status, 503)
  await tell(first)
  t.match(await ada.alerts(), [{ type: 'sluice.run.failed', data: { error: { status: 503, title: 'No' } } }])
  t.equal((await ada.alerts()).length, 1)
})

t.test('a durable run and a scheduled run that fail are told, each by its own type', async (t) => {
  const ada = await newWorkspace()
  const flowId = await ada.flow('durable', raise(500))
  const { path } = await ada.listener(flowId, { mode: 'async' })
  const { runId } = (await client.call('POST', path, { as: ada, body: {} })).json
  await until(async () => (await tell(first, second), (await ada.alerts()).length === 1), 60_000, 'it is told')
  const [alert] = await ada.alerts()
  t.match(alert, { type: 'sluice.run.failed', data: { flowId, runId, error: { status: 500 } } })

  const scheduled = await ada.flow('ticks', FAILS, { schedule: { every: { hours: 1 } } })
  clock.advance(61 * 60_000)
  await until(
    async () => (await tell(first, second), (await ada.alerts()).some(({ type }) => type === 'sluice.schedule.failed')),
    60_000,
    'the failure of the schedule is told'
  )
  t.match(
    (await ada.alerts()).find(({ type }) => type === 'sluice.schedule.failed'),
    { subject: scheduled, data: { flowId: scheduled, listenerId: null } }
  )
})

t.test('a delivery that fails for good is told by mail and to other sinks, and makes no loop', async (t) => {
  const ada = await newWorkspace()
  const dead = await ada.call('POST', '/sinks', { url: `${upstream.url}/status/500` })
  await services.emit(
    ada.workspaceId,
    { specversion: '1.0', id: 'x', source: '/test', type: 'test', time: new Date(clock.now()).toISOString() },
    `${ada.workspaceId}/x`
  )
  for (let attempt = 1; attempt <= 2 * MAX_ATTEMPTS; attempt++) {
    await services.deliveries?.run()
    await second.services.deliveries?.run()
    await tell(first, second)
    clock.advance(20 * 60 * 60_000)
  }
  const alerts = await ada.alerts()
  t.equal(alerts.length, 1, 'the alert of it could not be delivered either, of which nothing is told')
  t.match(alerts, [
    {
      type: 'sluice.delivery.failed',
      subject: dead.json.id,
      data: { flowId: null, sinkId: dead.json.id, eventId: /^evt_/, error: { title: /status 500/ }, count: 1 }
    }
  ])
  t.match((await mailServer.received(ada.alertsTo, /could not be delivered/)).text, /127\.0\.0\.1/)
})

t.test('a listener that refuses many calls in five minutes is told of, counted over all processes', async (t) => {
  const ada = await newWorkspace()
  const { id, path } = await ada.listener(await ada.flow('guarded', [{ a: { set: { ok: true } } }]))
  let refused = 0
  const refuse = async (count: number) => {
    for (let call = 0; call < count; call++)
      t.equal((await [first, second][call % 2]?.client.call('GET', path, {}))?.status, 401)
    refused += count
    // Calls are reported after their answers.
    const counted = async () => {
      await tell(first, second)
      const { rows } = await services.database.pool.query<{ count: number }>(
        'select sum(count)::int as count from listener_refusals where listener_id = $1',
        [id]
      )
      return rows[0]?.count === refused
    }
    await until(counted, 30_000, 'all are counted')
  }
  await refuse(REFUSALS_MIN - 1)
  t.same(await ada.alerts(), [])
  clock.advance(REFUSALS_WINDOW_MS + 30_000)
  await refuse(REFUSALS_MIN - 1)
  t.same(await ada.alerts(), [], 'the earlier ones are too long ago')
  await refuse(1)
  t.match(await ada.alerts(), [{ type: 'sluice.listener.refusing', subject: id, data: { listenerId: id, count: 50 } }])
  await refuse(10)
  t.equal((await ada.alerts()).length, 1)
})

t.test('a token that is revoked is an event of its workspaces, and a line in a mail', async (t) => {
  const ada = await newWorkspace()
  const { id } = await createManagementToken(client, ada, ['events:read'])
  const { id: own } = (
    await client.call('POST', '/v1/tokens', {
      as: ada,
      body: { name: 'ours', days: 1, scope: { workspaces: [ada.workspaceId] } }
    })
  ).json
  for (const tokenId of [id, own, own])
    t.equal((await client.call('DELETE', `/v1/tokens/${tokenId}`, { as: ada.session })).status, 204)
  t.same(
    (await ada.alerts()).map(({ type, subject }) => [type, subject]).sort(),
    [
      ['sluice.token.revoked', id],
      ['sluice.token.revoked', own]
    ].sort(),
    'once a token'
  )
  t.match((await ada.alerts()).find(({ subject }) => subject === own)?.data, {
    tokenId: own,
    name: 'ours',
    start: String,
    count: 1
  })
  await services.alerts.reportDue()
  t.match((await mailServer.received(ada.alertsTo, /token was revoked/)).text, /"ours"|management/)
})

t.test('alertEmails: 400 for what is no address or too much, stored as e-mails are compared', async (t) => {
  const ada = await newWorkspace()
  for (const [alertEmails, pointer] of [
    [['nobody'], '/alertEmails/0'],
    [['a@example.com', 'a@exam​ple.com'], '/alertEmails/1'],
    [Array.from({ length: 11 }, (_, index) => `a${index}@example.com`), '/alertEmails'],
    ['a@example.com', '/alertEmails']
  ] as const) {
    const refused = await ada.call('PATCH', '', { alertEmails })
    t.equal(refused.status, 400, refused.text)
    t.equal(refused.json.errors[0].pointer, pointer)
  }
  const taken = await ada.call('PATCH', '', { alertEmails: [' Ops@Example.com', 'ops@example.com', 'b@example.com'] })
  t.same(taken.json.alertEmails, ['ops@example.com', 'b@example.com'])
  t.same((await ada.call('GET', '')).json.alertEmails, ['ops@example.com', 'b@example.com'])
  t.same((await ada.call('PATCH', '', { alertEmails: [] })).json.alertEmails, [])
})
