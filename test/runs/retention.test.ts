import t from 'tap'
import { openDatabase, type Database } from '../../src/platform/db/client.ts'
import { newId } from '../../src/lib/ids.ts'
import { DELETED_WORKSPACE_DAYS, removeExpired } from '../../src/runs/retention.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { testDatabase } from '../fixtures/database.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const DAY_MS = 24 * 60 * 60 * 1000

interface Runs {
  count?: number
  startedDaysAgo: number
  /** Absent for live runs. */
  endedDaysAgo?: number
}

async function insertRuns(
  { pool }: Database,
  now: number,
  workspaceId: string,
  { count = 1, startedDaysAgo, endedDaysAgo }: Runs
): Promise<void> {
  const ago = (days: number | undefined): Date | null => (days === undefined ? null : new Date(now - days * DAY_MS))
  await pool.query(
    `
    insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at,
                     finished_at)
    select $1 || n, $2, 'flw', 1, 'async', 'succeeded', 'req', '{}', '{}', $3, $4 from generate_series(1, $5::int) n`,
    [newId('run'), workspaceId, ago(startedDaysAgo), ago(endedDaysAgo), count]
  )
}

async function insertWorkspace({ prisma }: Database, runRetentionDays: number): Promise<string> {
  const id = newId('wsp')
  await prisma.workspace.create({
    data: { id, name: id, key: newId('key'), secret: 'x', createdAt: new Date(), runRetentionDays }
  })
  return id
}

async function open(): Promise<{
  database: Database
  now: number
  remove: (signal?: AbortSignal) => ReturnType<typeof removeExpired>
  left: (workspaceId: string) => Promise<number>
}> {
  const database = openDatabase(await testDatabase(t))
  t.teardown(() => database.close())
  const clock = createTestClock()
  return {
    database,
    now: clock.now(),
    remove: (signal) => removeExpired({ pool: database.pool, clock }, signal),
    left: (workspaceId) => database.prisma.run.count({ where: { workspaceId } })
  }
}

t.test(
  'ended runs are removed after the retention of their workspace; live runs stay, however old they are',
  async (t) => {
    const { database, now, remove, left } = await open()
    const short = await insertWorkspace(database, 1)
    const long = await insertWorkspace(database, 30)
    await insertRuns(database, now, short, { startedDaysAgo: 2, endedDaysAgo: 2, count: 2_500 })
    await insertRuns(database, now, short, { startedDaysAgo: 2, count: 3 })
    await insertRuns(database, now, short, { startedDaysAgo: 0, endedDaysAgo: 0, count: 2 })
    await insertRuns(database, now, long, { startedDaysAgo: 2, endedDaysAgo: 2, count: 4 })
    await insertRuns(database, now, long, { startedDaysAgo: 31, endedDaysAgo: 31, count: 5 })

    t.same(await remove(), { runs: 2_505, calls: 0 })
    t.equal(await left(short), 5)
    t.equal(await left(long), 4)
  }
)

t.test('runs are removed in small batches, each in its own transaction', async (t) => {
  const { database, now, remove } = await open()
  const workspaceId = await insertWorkspace(database, 1)
  await insertRuns(database, now, workspaceId, { startedDaysAgo: 2, endedDaysAgo: 2, count: 2_500 })
  await database.pool.query('create table deletes (transaction xid8, count int)')
  await database.pool.query(`create function note_deletes() returns trigger language plpgsql as $$
    begin insert into deletes select pg_current_xact_id(), count(*) from gone; return null; end $$`)
  await database.pool.query(
    `create trigger note_deletes after delete on run_rest referencing old table as gone
     for each statement execute function note_deletes()`
  )
  await remove()
  const { rows } = await database.pool.query<{ count: number }>(
    'select sum(count)::int as count from deletes group by transaction order by 1 desc'
  )
  t.same(
    rows.map(({ count }) => count),
    [1_000, 1_000, 500]
  )
})

t.test('an aborted removal ends after the batch that is running, and the next one continues', async (t) => {
  const { database, now, remove, left } = await open()
  const workspaceId = await insertWorkspace(database, 1)
  await insertRuns(database, now, workspaceId, { startedDaysAgo: 2, endedDaysAgo: 2, count: 2_500 })
  const abort = new AbortController()
  await database.pool.query('create table batches (n int)')
  await database.pool.query(`create function note_batch() returns trigger language plpgsql as $$
    begin
      insert into batches values (1);
      if (select count(*) from batches) > 1 then perform pg_advisory_xact_lock(42); end if;
      perform pg_notify('batch', '');
      return null;
    end $$`)
  await database.pool.query(
    'create trigger note_batch after delete on run_rest for each statement execute function note_batch()'
  )
  const listener = await database.pool.connect()
  t.teardown(() => listener.release())
  await listener.query('listen batch')
  // Holds up the second batch, if it begins at all, until the first has led to the abort.
  await listener.query('select pg_advisory_lock(42)')
  listener.once('notification', () => {
    abort.abort()
    void listener.query('select pg_advisory_unlock(42)')
  })
  const removed = await remove(abort.signal)
  t.ok(removed.runs === 1_000 || removed.runs === 2_000, String(removed.runs))
  t.equal(await left(workspaceId), 2_500 - removed.runs)
  t.same(await remove(AbortSignal.abort()), { runs: 0, calls: 0 })
  await remove()
  t.equal(await left(workspaceId), 0)
})

t.test('one round removes all expired runs, even of a workspace with more batches than one turn has', async (t) => {
  const { database, now, remove, left } = await open()
  const large = await insertWorkspace(database, 1)
  await insertRuns(database, now, large, { startedDaysAgo: 2, endedDaysAgo: 2, count: 50_500 })
  t.same(await remove(), { runs: 50_500, calls: 0 })
  t.equal(await left(large), 0)
})

t.test('retention counts from the end of a run that waited for long', async (t) => {
  const { database, now, remove, left } = await open()
  const workspaceId = await insertWorkspace(database, 7)
  await insertRuns(database, now, workspaceId, { startedDaysAgo: 40, endedDaysAgo: 6 })
  await insertRuns(database, now, workspaceId, { startedDaysAgo: 40, endedDaysAgo: 8 })
  await remove()
  t.equal(await left(workspaceId), 1)
})

t.test('the runs of a deleted workspace are removed too', async (t) => {
  const { database, now, remove, left } = await open()
  const gone = newId('wsp')
  await insertRuns(database, now, gone, {
    startedDaysAgo: DELETED_WORKSPACE_DAYS + 1,
    endedDaysAgo: DELETED_WORKSPACE_DAYS + 1
  })
  await insertRuns(database, now, gone, { startedDaysAgo: 1, endedDaysAgo: 1 })
  await remove()
  t.equal(await left(gone), 1)
})

t.test('two removals at once do no harm: together they remove each run once', async (t) => {
  const { database, now, remove, left } = await open()
  const workspaceId = await insertWorkspace(database, 1)
  await insertRuns(database, now, workspaceId, { startedDaysAgo: 2, endedDaysAgo: 2, count: 2_500 })
  await Promise.all([remove(), remove()])
  await remove()
  t.equal(await left(workspaceId), 0)
})

t.test('200: an owner sets for how many days runs are kept', async (t) => {
  const { client, services, clock } = await startSluice(t, { role: 'gateway' })
  const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
  const path = `/v1/workspaces/${ada.workspaceId}`
  const change = (body: object, as = ada.session) => client.call('PATCH', path, { as, body })
  t.equal((await client.call('GET', path, { as: ada.session })).json.runRetentionDays, 30)
  t.match((await change({ runRetentionDays: 2 })).json, { runRetentionDays: 2 })
  t.equal((await client.call('GET', path, { as: ada.session })).json.runRetentionDays, 2)
  for (const runRetentionDays of [0, -1, 3_651, 1.5, '7', null])
    t.equal((await change({ runRetentionDays })).status, 400, JSON.stringify(runRetentionDays))
  await addMember(client, ada, bob, 'editor')
  t.equal((await change({ runRetentionDays: 1 }, bob.session)).status, 403)

  await insertRuns(services.database, clock.now(), ada.workspaceId, { startedDaysAgo: 3, endedDaysAgo: 3 })
  await insertRuns(services.database, clock.now(), ada.workspaceId, { startedDaysAgo: 1, endedDaysAgo: 1 })
  await insertRuns(services.database, clock.now(), bob.workspaceId, { startedDaysAgo: 3, endedDaysAgo: 3 })
  t.match(await removeExpired({ pool: services.database.pool, clock }), { runs: 1 })
  t.equal((await client.call('GET', '/v1/runs', { as: ada.session })).json.items.length, 1)
  t.equal(
    (await client.call('GET', '/v1/runs', { as: bob.session })).json.items.filter(
      (run: { workspaceId: string }) => run.workspaceId === bob.workspaceId
    ).length,
    1
  )
})
