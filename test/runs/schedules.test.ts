import t from 'tap'
import { newId } from '../../src/lib/ids.ts'
import { startSluice } from '../fixtures/sluice.ts'

// A process that only queues runs: nothing but the calls themselves can keep its schedules.
const { client, services, clock } = await startSluice(t, { role: 'gateway' })
const ada = await client.signUp('Ada')
const as = ada.session
const base = `/v1/workspaces/${ada.workspaceId}`

const documentOf = (name: string, schedule: object | undefined, metadata?: object) => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0', ...(metadata ? { metadata } : {}) },
  ...(schedule ? { schedule } : {}),
  do: [{ answer: { set: { ok: true } } }]
})
const save = async (name: string, schedule?: object, metadata?: object) =>
  (await client.call('POST', `${base}/flows`, { as, body: documentOf(name, schedule, metadata) })).json.id as string
const schedules = async () => (await client.call('GET', `${base}/schedules`, { as })).json.items
const hour = 3_600_000

t.test('200: a schedule is there when publishing is answered, and gone when it was unpublished', async (t) => {
  const before = clock.now()
  const id = await save('hourly', { every: { hours: 1 } })
  const { nextAt } = (await client.call('GET', `/v1/flows/${id}/schedule`, { as })).json
  const first = Date.parse(nextAt)
  t.ok(first >= before + hour && first <= clock.now() + hour, 'an hour after it was published')
  const next = [0, 1, 2, 3, 4].map((n) => new Date(first + n * hour).toISOString())
  t.strictSame(await schedules(), [
    { flowId: id, name: 'hourly', rule: { everyMs: hour }, timeZone: 'UTC', paused: false, next, lastRun: null }
  ])
  t.strictSame((await client.call('GET', `/v1/flows/${id}/schedule`, { as })).json.next, next)

  await client.call('PUT', `/v1/flows/${id}`, { as, body: documentOf('hourly', undefined) })
  t.equal((await schedules()).length, 1, 'saving changes nothing')
  await client.call('POST', `/v1/flows/${id}/publish`, { as, body: { version: 2 } })
  t.strictSame(await schedules(), [])
  await client.call('POST', `/v1/flows/${id}/publish`, { as, body: { version: 1 } })
  const paused = await client.call('PATCH', `/v1/flows/${id}/schedule`, { as, body: { paused: true } })
  t.match(paused.json, { paused: true, next: [] }, paused.text)
  await client.call('DELETE', `/v1/flows/${id}`, { as })
  t.strictSame(await schedules(), [])
})

t.test("200: the document's time zone holds until one is set for the schedule", async (t) => {
  const cron = (zone: string | undefined, at: string) =>
    documentOf('daily', { cron: at }, zone === undefined ? undefined : { timeZone: zone })
  const id = await save('daily', { cron: '0 9 * * *' }, { timeZone: 'Asia/Kolkata' })
  const read = async () => (await schedules()).find(({ flowId }: { flowId: string }) => flowId === id)
  t.match(await read(), { timeZone: 'Asia/Kolkata', next: Array(5).fill(/T03:30:00\.000Z$/) })
  const publish = async (version: number, body: object) => {
    t.equal((await client.call('PUT', `/v1/flows/${id}`, { as, body })).status, 200)
    await client.call('POST', `/v1/flows/${id}/publish`, { as, body: { version } })
  }
  await publish(2, cron('America/Bogota', '0 9 * * *'))
  t.match(await read(), { timeZone: 'America/Bogota', next: Array(5).fill(/T14:00:00\.000Z$/) }, 'with the same rule')
  await client.call('PATCH', `/v1/flows/${id}/schedule`, { as, body: { timeZone: 'Asia/Tokyo' } })
  await publish(3, cron('America/Bogota', '0 10 * * *'))
  t.match(await read(), { timeZone: 'Asia/Tokyo', next: Array(5).fill(/T01:00:00\.000Z$/) })
  const refused = await client.call('POST', `${base}/flows`, {
    as,
    body: documentOf('nowhere', { cron: '0 9 * * *' }, { timeZone: 'Mars/Olympus' })
  })
  t.match(refused.json, { code: 'validation_failed', errors: [{ pointer: '/document/metadata/timeZone' }] })
})

t.test('200: the last run is listed as long as it is kept, and the list has further pages', async (t) => {
  const bob = await client.signUp('Bob')
  const flows: string[] = []
  for (const name of ['a', 'b', 'c'])
    flows.unshift(
      (
        await client.call('POST', `/v1/workspaces/${bob.workspaceId}/flows`, {
          as: bob.session,
          body: documentOf(name, { every: { hours: 1 } })
        })
      ).json.id
    )
  const runId = newId('run')
  const at = new Date(clock.now())
  const { pool } = services.database
  await pool.query(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at)
     values ($1, $2, $3, 1, 'async', 'running', 'req', '{}', '{}', $4)`,
    [runId, bob.workspaceId, flows[0], at]
  )
  await pool.query('update schedule set last_run_id = $2, last_at = $3 where flow_id = $1', [flows[0], runId, at])
  const list = async (query: string, as = bob.session) =>
    (await client.call('GET', `/v1/workspaces/${bob.workspaceId}/schedules?${query}`, { as })).json
  const first = await list('limit=2')
  t.match(first.items, [
    { flowId: flows[0], lastRun: { runId, at: at.toISOString(), status: 'running' } },
    { flowId: flows[1], lastRun: null }
  ])
  t.match(await list(`limit=2&cursor=${first.nextCursor}`), { items: [{ flowId: flows[2] }], nextCursor: null })
  await pool.query('delete from run where id = $1', [runId])
  t.equal((await list('')).items[0].lastRun, null)
  t.equal((await list('', as)).code, 'not_found', 'strangers see none')
})
