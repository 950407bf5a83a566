import t from 'tap'
import { openDatabase } from '../../src/platform/db/client.ts'
import { newId } from '../../src/lib/ids.ts'
import {
  createRecorder,
  type DroppedRecords,
  DROPS_REPORT_MS,
  LAST_USE_EXACT_SECONDS,
  RECORDER_MAX_RUNS
} from '../../src/runs/recorder.ts'
import type { FinishedRun } from '../../src/runs/run.ts'
import { testDatabase } from '../fixtures/database.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { startTcpProxy } from '../fixtures/tcp-proxy.ts'
import { until } from '../fixtures/until.ts'

function finishedRun(): FinishedRun {
  const workspaceId = newId('wsp')
  return {
    id: newId('run'),
    workspaceId,
    listenerId: null,
    flowId: newId('flw'),
    flowVersion: 1,
    mode: 'sync',
    status: 'succeeded',
    accountId: null,
    tokenId: null,
    requestId: 'req_1',
    caller: { kind: 'anonymous', id: null, name: null, workspaceId },
    input: {},
    output: {},
    error: undefined,
    startedAt: 0,
    finishedAt: 1,
    steps: [],
    secrets: new Set()
  }
}

t.test('closing writes the queued records', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const recorder = createRecorder({ pool: database.pool, onError: (error) => t.fail(String(error)) })
  const run = finishedRun()
  recorder.add(run)
  await recorder.close()
  t.equal((await database.pool.query('select from run where id = $1', [run.id])).rowCount, 1)
  t.same(recorder.stats(), { waiting: 0, dropped: 0, written: 1 })
})

t.test(
  'a flush writes the records that waited when it began: records that keep arriving do not delay it',
  async (t) => {
    const database = openDatabase({ url: (await testDatabase(t)).url })
    t.teardown(() => database.close())
    const recorder = createRecorder({ pool: database.pool, onError: (error) => t.fail(String(error)) })
    let added = 1
    let flushed = false
    const first = finishedRun()
    recorder.add(first)
    const arriving = (async () => {
      for (; !flushed; added++) {
        recorder.add(finishedRun())
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await recorder.flush()
    t.equal((await database.pool.query('select from run where id = $1', [first.id])).rowCount, 1)
    flushed = true
    await arriving
    await recorder.close()
    t.same(recorder.stats(), { waiting: 0, dropped: 0, written: added })
  }
)

t.test('a flush ends if the waiting records are dropped while it writes', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const recorder = createRecorder({ pool: database.pool, onError: (error) => t.fail(String(error)) })
  for (let count = 0; count < 5_000; count++) recorder.add(finishedRun())
  const flushed = recorder.flush()
  await new Promise((resolve) => setImmediate(resolve))
  const large = 'x'.repeat(60_000)
  for (let count = 0; count < 1_200; count++) recorder.add({ ...finishedRun(), input: { large } })
  await flushed
  await recorder.close()
  const { waiting, dropped, written } = recorder.stats()
  t.equal(waiting, 0)
  t.ok(dropped >= 4_000, `${dropped} dropped`)
  t.equal(written + dropped, 6_200)
})

t.test('closing without a database does not reject: lost records are counted and reported', async (t) => {
  const proxy = await startTcpProxy(t, (await testDatabase(t)).url)
  const database = openDatabase({ url: proxy.url })
  t.teardown(() => database.close())
  const told: unknown[] = []
  const recorder = createRecorder({ pool: database.pool, onError: (error) => told.push(error) })
  await proxy.cut()
  recorder.add(finishedRun())
  recorder.add(finishedRun())
  recorder.used(newId('tok'), Date.now())
  await recorder.close()
  t.same(recorder.stats(), { waiting: 0, dropped: 2, written: 0 })
  t.match(
    told.map((error) => (error as Error).message),
    ['2 run records and the last use of 1 tokens were not written before the process stopped']
  )
})

t.test('a record waits for an unavailable database, and is written when it is back', async (t) => {
  const proxy = await startTcpProxy(t, (await testDatabase(t)).url)
  const database = openDatabase({ url: proxy.url })
  t.teardown(() => database.close())
  let failed = 0
  const recorder = createRecorder({
    pool: database.pool,
    onError: () => {
      failed++
    }
  })
  t.teardown(() => recorder.close())
  await proxy.cut()
  recorder.add(finishedRun())
  await until(async () => failed >= 2, 60_000, 'two attempts')
  t.match(recorder.stats(), { waiting: 1, dropped: 0, written: 0 })
  await proxy.restore()
  await until(async () => recorder.stats().written === 1, 60_000, 'the record')
})

t.test('beyond its room the oldest records are dropped, counted by listener, and reported every 10 s', async (t) => {
  const proxy = await startTcpProxy(t, (await testDatabase(t)).url)
  const database = openDatabase({ url: proxy.url })
  t.teardown(() => database.close())
  await proxy.cut()
  let now = 0
  const reports: DroppedRecords[] = []
  const recorder = createRecorder({
    pool: database.pool,
    onError: () => {},
    onDropped: (report) => reports.push(report),
    now: () => now
  })
  const [first, other] = [newId('lsn'), newId('lsn')]
  for (let n = 0; n < RECORDER_MAX_RUNS; n++)
    recorder.add({ ...finishedRun(), listenerId: n < 3 ? first : n < 5 ? other : null })
  t.match(recorder.stats(), { waiting: RECORDER_MAX_RUNS, dropped: 0 })
  t.same(reports, [])
  for (let n = 0; n < 5; n++) recorder.add(finishedRun())
  t.match(recorder.stats(), { waiting: RECORDER_MAX_RUNS, dropped: 5 })
  t.same(reports, [{ dropped: 1, listeners: [{ listenerId: first, dropped: 1 }] }], 'the first one at once')
  now += DROPS_REPORT_MS
  recorder.add(finishedRun())
  t.same(reports.slice(1), [
    {
      dropped: 5,
      listeners: [
        { listenerId: first, dropped: 2 },
        { listenerId: other, dropped: 2 },
        { listenerId: null, dropped: 1 }
      ]
    }
  ])
  await proxy.restore()
  await recorder.close()
  const { waiting, dropped, written } = recorder.stats()
  t.same({ waiting, all: dropped + written }, { waiting: 0, all: RECORDER_MAX_RUNS + 6 })
})

t.test('the last use of a token is written at most once a minute', async (t) => {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const recorder = createRecorder({ pool: database.pool, onError: (error) => t.fail(String(error)) })
  const [account, token] = [newId('acc'), newId('tok')]
  await database.pool.query(
    `insert into account (id, email, name, password_hash, created_at) values ($1, 'ada@example.com', 'Ada', '', now())`,
    [account]
  )
  await database.pool.query(
    `insert into token
       (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips, created_at)
     values ($1, $2, 'one', 'opaque', 'digest', 'slc_1', '{}', '{}', '{}', now())`,
    [token, account]
  )
  const minute = LAST_USE_EXACT_SECONDS * 1000
  const start = Date.UTC(2026, 0, 1)
  const seen: number[] = []
  for (const at of [start, start + minute, start + minute + 1, start + minute, start + 3 * minute]) {
    recorder.used(token, at)
    await recorder.flush()
    const { rows } = await database.pool.query('select last_used_at from token where id = $1', [token])
    seen.push(rows[0].last_used_at.getTime() - start)
  }
  t.same(seen, [0, 0, minute + 1, minute + 1, 3 * minute])
  await recorder.close()
})

t.test('values that steps share with their run are recorded once, and read back in every place', async (t) => {
  const { client, services } = await startSluice(t)
  const { pool } = services.database
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const { token } = await createToken(t, client, owner)
  const text = 'seen once: Zażółć '.repeat(20)
  const body = `{"text":"${text}","id":12345678901234567890}`
  const answer = await client.call('POST', path, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    raw: body
  })
  t.equal(answer.status, 200)
  const runId = String(answer.headers['sluice-run-id'])
  const { json: run } = await client.call('GET', `/v1/runs/${runId}`, { as: owner.session })
  t.match(run, { input: { body: { text } }, output: { body: { text } }, steps: [{ input: { body: { text } } }] })
  t.strictSame(run.steps[0].input, run.input)
  t.strictSame(run.steps[0].output, run.output)
  const {
    rows: [row]
  } = await pool.query('select concat(input, output, steps) as texts from run where id = $1', [runId])
  t.ok(row.texts.split(text).length - 1 <= 2, 'in the input and in the output')

  await t.test('whoever follows the run sees the same values, exactly', async (t) => {
    const events = await client.call('GET', `/v1/runs/${runId}/events`, { as: owner.session })
    const [step] = [...events.text.matchAll(/^event: step\nid: 1\ndata: (.*)$/gm)].map(([, data]) => data ?? '')
    t.same(JSON.parse(step ?? ''), run.steps[0])
    t.match(step, /"id":12345678901234567890[,}]/)
    const after = await client.call('GET', `/v1/runs/${runId}/events`, {
      as: owner.session,
      headers: { 'last-event-id': '1' }
    })
    t.notMatch(after.text, 'event: step')
  })
})
