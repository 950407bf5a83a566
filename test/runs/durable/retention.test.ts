import t from 'tap'
import { openDatabase } from '../../../src/db/client.ts'
import { newId } from '../../../src/lib/ids.ts'
import { removeExpired } from '../../../src/runs/durable/retention.ts'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test('ended runs go after the time of their workspace; live ones stay however old they are', async (t) => {
  const database = openDatabase(await testDatabase(t))
  t.teardown(() => database.close())
  const clock = createTestClock()
  const workspace = async (runRetentionDays: number): Promise<string> => {
    const id = newId('wsp')
    await database.prisma.workspace.create({ data: { id, name: id, key: newId('key'), secret: 'x', createdAt: new Date(), runRetentionDays } })
    return id
  }
  const short = await workspace(1)
  const long = await workspace(30)
  const insert = (workspaceId: string, days: number, count: number, ended: boolean) => database.pool.query(`
    insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at, finished_at)
    select $1 || n, $2, 'flw', 1, 'async', 'succeeded', 'req', '{}', '{}', $3, $4 from generate_series(1, $5::int) n`,
  [`run_${days}_${ended}_${workspaceId}_`, workspaceId, new Date(clock.now() - days * DAY_MS), ended ? new Date(clock.now() - days * DAY_MS) : null, count])
  await insert(short, 2, 2_500, true)
  await insert(short, 2, 3, false)
  await insert(short, 0, 2, true)
  await insert(long, 2, 4, true)
  await insert(long, 31, 5, true)

  t.same(await removeExpired({ pool: database.pool, clock }), { runs: 2_505, calls: 0 })
  t.equal(await database.prisma.run.count({ where: { workspaceId: short } }), 5)
  t.equal(await database.prisma.run.count({ where: { workspaceId: long } }), 4)
})

t.test('one process at a time removes', async (t) => {
  const database = openDatabase(await testDatabase(t))
  t.teardown(() => database.close())
  const clock = createTestClock()
  const holder = await database.pool.connect()
  await holder.query('select pg_advisory_lock(7354217002)')
  t.equal(await removeExpired({ pool: database.pool, clock }), undefined)
  await holder.query('select pg_advisory_unlock(7354217002)')
  holder.release()
  t.same(await removeExpired({ pool: database.pool, clock }), { runs: 0, calls: 0 })
})
