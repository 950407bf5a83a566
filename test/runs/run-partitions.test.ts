import t, { type Test } from 'tap'
import { DAY_MS, HOUR_MS, startOfDay } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import { type Database, openDatabase } from '../../src/platform/db/client.ts'
import { DELETED_WORKSPACE_DAYS, removeExpired } from '../../src/runs/retention.ts'
import { newRequestRunId, removalDay } from '../../src/runs/run-id.ts'
import { dropRunPartitions, makeRunPartitions, readRunPartitions } from '../../src/runs/run-partitions.ts'
import { removeShortened } from '../../src/runs/shortened-retention.ts'
import { createTestClock, createTickingClock } from '../fixtures/clock.ts'
import { testDatabase } from '../fixtures/database.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

async function open(t: Test) {
  const database = openDatabase(await testDatabase(t))
  t.teardown(() => database.close())
  const clock = createTestClock()
  const deps = { pool: database.pool, clock }
  return {
    database,
    clock,
    make: (signal?: AbortSignal) => makeRunPartitions(deps, signal),
    drop: () => dropRunPartitions(deps),
    shortened: () => removeShortened(deps),
    expired: () => removeExpired(deps),
    left: (workspaceId: string) => database.prisma.run.count({ where: { workspaceId } }),
    dayOf: (at: number) => Math.floor(at / DAY_MS)
  }
}

async function insertWorkspace({ prisma }: Database, runRetentionDays: number): Promise<string> {
  const id = newId('wsp')
  await prisma.workspace.create({
    data: { id, name: id, key: newId('key'), secret: 'x', createdAt: new Date(), runRetentionDays }
  })
  return id
}

async function insertRuns({ pool }: Database, workspaceId: string, startedAt: number, days: number, count = 1) {
  await pool.query(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at,
                      finished_at)
     select id, $2, 'flw', 1, 'sync', 'succeeded', 'req', '{}', '{}', $3, $3 from unnest($1::text[]) as id`,
    [Array.from({ length: count }, () => newRequestRunId(startedAt, days)), workspaceId, new Date(startedAt)]
  )
}

async function tablesOf({ pool }: Database): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ table: string; count: number }>(
    `select tableoid::regclass::text as table, count(*)::int as count from run group by 1 order by 1`
  )
  return Object.fromEntries(rows.map(({ table, count }) => [table, count]))
}

const nameOf = (day: number): string =>
  `run_until_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`

t.test('partitions are there for the next days of every retention in use, and none is made twice', async (t) => {
  const { database, clock, make } = await open(t)
  await insertWorkspace(database, 1)
  await insertWorkspace(database, 400)
  t.ok((await make()) > 0)
  const days = await readRunPartitions(database.pool)
  for (const retention of [1, 30, 400])
    for (let ahead = 0; ahead <= 7; ahead++)
      t.ok(days.includes(removalDay(clock.now() + ahead * DAY_MS, retention)), `${retention} days, in ${ahead}`)
  t.ok(days.length <= 8 + 8 + 2)
  t.equal(await make(), 0)
  const [mine, others] = await Promise.all([make(), make()])
  t.equal(mine + others, 0)
})

t.test('days that change meanwhile are made without a gap', async (t) => {
  const { database, clock } = await open(t)
  const midnight = startOfDay(clock.now()) + 30 * DAY_MS
  await insertWorkspace(database, 1)
  // Midnight passes among the days of the second retention, after those of the default.
  await makeRunPartitions({ pool: database.pool, clock: createTickingClock(midnight - 12) })
  const days = await readRunPartitions(database.pool)
  for (let ahead = 0; ahead < 7; ahead++) t.ok(days.includes(removalDay(midnight + ahead * DAY_MS, 1)), `in ${ahead}`)
})

t.test('two processes that make partitions at once do no harm', async (t) => {
  const { database, make } = await open(t)
  await Promise.allSettled([make(), make()])
  await make()
  t.ok((await readRunPartitions(database.pool)).length >= 8)
})

t.test('a workspace of every retention takes no more than 150 partitions', async (t) => {
  const { clock } = await open(t)
  const days = new Set<number>()
  for (let retention = 1; retention <= 3_650; retention++)
    for (let ago = -7; ago <= 3_650; ago++) {
      const day = removalDay(clock.now() - ago * DAY_MS, retention)
      if (day > clock.now() / DAY_MS) days.add(day)
    }
  t.ok(days.size <= 150, `${days.size}`)
})

t.test(
  'when its day has come, a partition is removed with its runs; runs that are not due, durable or live stay',
  async (t) => {
    const { database, clock, make, drop, left, dayOf } = await open(t)
    const workspaceId = await insertWorkspace(database, 2)
    await make()
    const now = clock.now()
    await insertRuns(database, workspaceId, now, 2, 50)
    await insertRuns(database, workspaceId, now + DAY_MS, 2, 30)
    await database.pool.query(
      `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at)
     values ($1, $2, 'flw', 1, 'async', 'waiting', 'req', '{}', '{}', now())`,
      [newId('run'), workspaceId]
    )
    t.same(await tablesOf(database), {
      run_rest: 1,
      [nameOf(removalDay(now, 2))]: 50,
      [nameOf(removalDay(now, 2) + 1)]: 30
    })
    t.equal(await drop(), 0)
    // An hour after midnight, for runs that ended after it.
    clock.advance((dayOf(now) + 3) * DAY_MS - now + HOUR_MS - 60_000)
    t.equal(await drop(), 0)
    clock.advance(2 * 60_000)
    t.equal(await drop(), 1)
    t.equal(await left(workspaceId), 31)
    t.notOk((await readRunPartitions(database.pool)).includes(removalDay(now, 2)))
    const { rows } = await database.pool.query('select to_regclass($1) as table', [nameOf(removalDay(now, 2))])
    t.same(rows, [{ table: null }], 'nothing of it is left')
  }
)

t.test('runs that came before their partition are kept, and moved into it', async (t) => {
  const { database, clock, make, expired, left } = await open(t)
  const workspaceId = await insertWorkspace(database, 30)
  await insertRuns(database, workspaceId, clock.now(), 30, 20)
  // A day without a partition: whoever wrote it knew a longer retention.
  await insertRuns(database, workspaceId, clock.now(), 80, 3)
  t.same(await tablesOf(database), { run_unplaced: 23 })
  await make()
  t.same(await tablesOf(database), { run_unplaced: 3, [nameOf(removalDay(clock.now(), 30))]: 20 })
  await expired()
  t.equal(await left(workspaceId), 23)
  clock.advance(31 * DAY_MS)
  await expired()
  t.same(await tablesOf(database), { [nameOf(removalDay(clock.now() - 31 * DAY_MS, 30))]: 20 }, 'without a partition')
})

t.test('a reader that stays holds up nobody: the work is left for the next round', async (t) => {
  const { database, clock, make, drop } = await open(t)
  await insertWorkspace(database, 1)
  await make()
  const reader = await database.pool.connect()
  t.teardown(() => reader.release())
  await reader.query('begin')
  await reader.query('select count(*) from run')
  clock.advance(10 * DAY_MS)
  const dropping = drop()
  const due = t.rejects(dropping, { code: '55P03' })
  t.equal((await database.pool.query(`select count(*)::int as count from run`)).rows[0].count, 0, 'others read')
  await due
  await reader.query('commit')
  t.ok((await drop()) > 0)
})

t.test('a shortened retention removes the runs that their partition would keep, and no others', async (t) => {
  const { database, clock, make, shortened, left } = await open(t)
  const workspaceId = await insertWorkspace(database, 90)
  const other = await insertWorkspace(database, 30)
  let day = 0
  for (const at of [0, 40, 51, 52, 60, 70, 77, 79, 80]) {
    clock.advance((at - day) * DAY_MS)
    day = at
    await make()
    if ([0, 40, 60, 77, 79, 80].includes(at)) await insertRuns(database, workspaceId, clock.now(), 90, 2)
    if ([51, 52, 70, 80].includes(at)) await insertRuns(database, other, clock.now(), 30, 2)
  }
  t.notOk((await tablesOf(database))['run_unplaced'], 'all of them are in partitions')
  t.equal(await shortened(), 0)
  await database.prisma.workspace.update({ where: { id: workspaceId }, data: { runRetentionDays: 7 } })
  t.equal(await shortened(), 6, 'of 80, 40 and 20 days ago')
  t.equal(await left(workspaceId), 6, 'of 3, 1 and 0 days ago')
  t.equal(await left(other), 8)
})

t.test('runs of a deleted workspace go, however long it kept them', async (t) => {
  const { database, clock, make, shortened, left } = await open(t)
  const workspaceId = await insertWorkspace(database, 400)
  await make()
  await insertRuns(database, workspaceId, clock.now(), 400, 1_500)
  await database.prisma.workspace.delete({ where: { id: workspaceId } })
  t.equal(await shortened(), 0)
  clock.advance((DELETED_WORKSPACE_DAYS + 1) * DAY_MS)
  t.equal(await shortened(), 1_500)
  t.equal(await left(workspaceId), 0)
})

t.test(
  '200: the run of a call is in the partition of its retention, and is found by its id and in lists',
  async (t) => {
    const { client, services, clock } = await startSluice(t, { role: 'gateway' })
    const { database } = services
    const ada = await client.signUp('Ada')
    const listener = await createEchoListener(t, client, ada)
    const { token } = await createToken(t, client, ada)
    await makeRunPartitions({ pool: database.pool, clock })
    const call = async (): Promise<string> =>
      (await client.call('POST', listener.path, { as: token, body: {} })).headers['sluice-run-id'] as string
    const first = await call()
    t.equal((await client.call('GET', `/v1/runs/${first}`, { as: ada.session })).json.id, first)
    t.match((await client.call('GET', '/v1/runs', { as: ada.session })).json, { items: [{ id: first }], total: 1 })
    t.same(await tablesOf(database), { [nameOf(removalDay(clock.now(), 30))]: 1 })

    const workspace = `/v1/workspaces/${ada.workspaceId}`
    await client.call('PATCH', workspace, { as: ada.session, body: { runRetentionDays: 100 } })
    await makeRunPartitions({ pool: database.pool, clock })
    const second = await call()
    t.equal((await client.call('GET', `/v1/runs/${second}`, { as: ada.session })).json.id, second)
    t.same(await tablesOf(database), {
      [nameOf(removalDay(clock.now(), 30))]: 1,
      [nameOf(removalDay(clock.now(), 100))]: 1
    })
  }
)
