import pg from 'pg'
import t from 'tap'
import { newId } from '../../../src/lib/ids.ts'
import { copyInteger, copyRow, copyText, copyTime, createCopy } from '../../../src/platform/db/copy-rows.ts'
import { migrate } from '../../../src/platform/db/migrate.ts'
import { olderDatabase, openRole } from '../../fixtures/database.ts'

/** The last migration before `run` had partitions. */
const BEFORE = '20261128195449_email_verification'
const ROWS = 20_000
const COLUMNS = 'id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, started_at'

t.test('a filled table gets partitions while an older version reads and writes it', async (t) => {
  const { url } = await olderDatabase(t, BEFORE)

  const admin = new pg.Pool({ connectionString: url, max: 2 })
  t.teardown(() => admin.end())
  await admin.query(
    `insert into run (${COLUMNS}, finished_at) select 'run_m' || substr(md5(n::text), 1, 21), 'wsp_1', 'flw', 1, 'sync',
       'succeeded', 'req', '{}', '{}', now() - n * interval '1 s', now() from generate_series(1, ${ROWS}) n`
  )
  await admin.query(
    `insert into run (${COLUMNS}, finished_at)
     values ('run_0000aaaaaaaaaaaaaaaaaa', 'wsp_1', 'flw', 1, 'sync', 'succeeded', 'req', '{}', '{}', now(), now())`
  )

  // Statements of the older version, by a role that owns nothing, from before the migration until after it.
  const older = await openRole(t, url, ['run'])
  const copy = createCopy(older, `run (${COLUMNS})`)
  let [written, enqueued, hasEnded] = [0, 0, false]
  const write = async (): Promise<void> => {
    while (!hasEnded) {
      const ids = [newId('run'), 'wsp_1', 'flw'].map(copyText)
      const texts = ['sync', 'succeeded', 'req', '{}', '{}'].map(copyText)
      await copy([copyRow([...ids, copyInteger(1), ...texts, copyTime(Date.UTC(2026, 10, 28, 12))])])
      written++
    }
  }
  const enqueue = async (): Promise<void> => {
    while (!hasEnded) {
      const id = newId('run')
      for (let twice = 0; twice < 2; twice++)
        await older.query(
          `insert into run (${COLUMNS}) values ($1, 'wsp_1', 'flw', 1, 'async', 'queued', 'req', '{}', '{}', now())
           on conflict (id) do nothing`,
          [id]
        )
      await older.query(`update run set status = 'running' where id = $1`, [id])
      enqueued++
    }
  }
  const read = async (): Promise<void> => {
    while (!hasEnded)
      await older.query(`select * from run where workspace_id = 'wsp_1' order by started_at desc, id desc limit 51`)
  }
  const working = Promise.all([write(), enqueue(), read()])
  const applied = await migrate({ url })
  const [writtenBefore, enqueuedBefore] = [written, enqueued]
  while (written < writtenBefore + 20 || enqueued < enqueuedBefore + 20) await older.query('select pg_sleep(0.01)')
  hasEnded = true
  await working
  t.ok(applied.includes('20261129001003_run_partitions'))

  const { rows } = await admin.query<{ count: number; rest: number }>(
    `select count(*)::int as count, count(*) filter (where tableoid = 'run_rest'::regclass)::int as rest from run`
  )
  t.same(rows, [{ count: ROWS + written + enqueued, rest: ROWS + written + enqueued }])
  const indexes = await admin.query(
    `select count(*)::int as all, count(*) filter (where i.indisvalid)::int as valid,
            (select count(*)::int from pg_index where indrelid = 'run_rest'::regclass) as rest
       from pg_index i where i.indrelid = 'run'::regclass`
  )
  t.same(indexes.rows, [{ all: 10, valid: 10, rest: 10 }], 'the indexes that were there are used, and none is built')
  // The role goes on with what a newer version does.
  t.same((await older.query('select make_run_partition(20800) as done')).rows, [{ done: true }])
  t.same((await older.query('select drop_run_partition(20800) as done')).rows, [{ done: true }])
  const stranger = await openRole(t, url)
  await t.rejects(stranger.query('select drop_run_partition(20800)'), { code: '42501' }, 'others may not')
})
