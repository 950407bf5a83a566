import t from 'tap'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'
import { startUpstream } from '../../fixtures/upstream.ts'
import { startEngine } from './fixtures.ts'

t.test('a dead letter is listed, and replaying it removes it from the list', async (t) => {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const { client, services, databaseUrl } = await startSluice(t, { role: 'gateway' })
  const { pool } = services.database
  const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
  const told: unknown[] = []
  await startEngine(t, databaseUrl, {
    maxHandovers: 1,
    alerts: { runExhausted: (run) => told.push(run), runFailed: () => t.fail('it is told once, as given up') }
  })

  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'deadly', version: '1.0.0' },
    do: [{ ask: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}/delay` } } } }]
  }
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, { as: ada.session, body: document })
  const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name: 'deadly', flowId: flow.json.id, mode: 'async' }
  })
  const { runId } = (await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: ada, body: { n: 1 } }))
    .json
  // As after the death of a process: the holder does not exist.
  for (const epoch of [1, 2]) {
    await until(
      async () =>
        (
          await pool.query(
            `update live_run set worker_id = 2000000000 where run_id = $1 and state = 'running' and epoch = $2`,
            [runId, epoch]
          )
        ).rowCount === 1,
      60_000,
      `attempt ${epoch}`
    )
  }
  const read = (id: string) => client.call('GET', `/v1/runs/${id}`, { as: ada.session })
  await until(async () => (await read(runId)).json.status === 'failed', 60_000, 'given up')
  t.match((await read(runId)).json.error, { title: 'Given up', status: 500 })
  await until(async () => told.length > 0, 60_000, 'the alert comes after the end of the run')
  t.match(told, [
    {
      workspaceId: ada.workspaceId,
      flowId: flow.json.id,
      listenerId: listener.json.id,
      runId,
      error: { title: 'Given up', status: 500 }
    }
  ])
  t.equal(told.length, 1)

  const list = (as = ada.session) => client.call('GET', `/v1/workspaces/${ada.workspaceId}/dead-letters`, { as })
  t.match((await list()).json, {
    items: [
      {
        runId,
        attempts: 2,
        at: /^\d{4}-.*Z$/,
        flowId: flow.json.id,
        flowName: 'deadly',
        listenerId: listener.json.id,
        listenerName: 'deadly',
        error: { status: 500, title: 'Given up' }
      }
    ],
    nextCursor: null
  })
  t.equal((await list(bob.session)).status, 404)
  t.match((await client.call('GET', '/metrics')).text, '\nsluice_durable_dead_letters 1\n')
  t.equal((await client.call('POST', `/v1/runs/${runId}/replay`, { as: bob.session, raw: '' })).status, 404)

  upstream.release()
  const replayed = await client.call('POST', `/v1/runs/${runId}/replay`, { as: ada.session, raw: '' })
  t.equal(replayed.status, 202, replayed.text)
  await until(async () => (await read(replayed.json.runId)).json.status === 'succeeded', 60_000, 'the replay')
  t.match((await read(replayed.json.runId)).json, { input: { body: { n: 1 } } })
  t.same((await list()).json.items, [])
  t.equal((await read(runId)).json.status, 'failed', 'what was given up stays as it was')
})
