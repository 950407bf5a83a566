import pg from 'pg'
import t from 'tap'
import { newTimedId } from '../../../src/lib/ids.ts'
import { migrate } from '../../../src/platform/db/migrate.ts'
import { olderDatabase, openRole } from '../../fixtures/database.ts'

/** The last migration before these tables had partitions. */
const BEFORE = '20261129002000_token_last_use'
const ROWS = 20_000
const COLUMNS = 'id, request_id, at, outcome, status, code, kind, ip, ms'

t.test('filled tables get partitions while an older version writes, reads and trims them', async (t) => {
  const { url } = await olderDatabase(t, BEFORE)

  const admin = new pg.Pool({ connectionString: url, max: 2 })
  t.teardown(() => admin.end())
  const refused = `'refused', 401, 'invalid_token', 'none', '::1', 1`
  await admin.query(
    `insert into call_record (${COLUMNS})
     select 'req_T' || substr(md5(n::text), 1, 21), 'req_x', now() - n * interval '1 s', ${refused}
       from generate_series(1, ${ROWS}) n`
  )
  // As the denials of earlier versions, whose ids had another prefix.
  await admin.query(
    `insert into call_record (${COLUMNS}) values ('evt_A000000000000000000001', 'req_x', now(), ${refused})`
  )
  await admin.query(
    `insert into token_usage
     select 'tok_' || n, current_date - n % 400, 'accepted', 3 from generate_series(1, ${ROWS}) n`
  )

  // Statements of the older version, by a role that owns nothing, from before the migration until after it.
  const older = await openRole(t, url, ['call_record', 'token_usage'])
  let [recorded, counted, removed, hasEnded] = [0, 0, 0, false]
  const record = async (): Promise<void> => {
    while (!hasEnded) {
      const id = newTimedId('req')
      for (let twice = 0; twice < 2; twice++)
        await older.query(
          `insert into call_record (${COLUMNS}) values ($1, 'req_x', now(), ${refused}) on conflict (id) do nothing`,
          [id]
        )
      recorded++
    }
  }
  const count = async (): Promise<void> => {
    while (!hasEnded) {
      await older.query(
        `insert into token_usage as known values ('tok_1', current_date, 'denied', 1)
         on conflict (token_id, day, outcome) do update set calls = known.calls + excluded.calls`
      )
      counted++
    }
  }
  const trim = async (): Promise<void> => {
    while (!hasEnded) {
      const old = `select ctid from call_record where at < now() - interval '5 hours' limit 10`
      removed += (await older.query(`delete from call_record where ctid = any(array(${old}))`)).rowCount ?? 0
      await older.query(`select * from call_record where request_id = 'req_x' order by at desc, id desc limit 51`)
    }
  }
  const working = Promise.all([record(), count(), trim()])
  const applied = await migrate({ url })
  t.ok(applied.includes('20261129010003_time_partitions'))

  // What a newer version wrote is in other partitions, at the same places (ctid) as rows of the oldest.
  const day = Math.ceil((Date.now() / 86_400_000 + 31) / 3) * 3
  const partition = ['recorded_call', 'recorded_call_until_20990101', `req_0000${day}`, `req_0000${day + 1}`]
  const made = await older.query('select make_time_partition($1, $2, $3, $4) as done', partition)
  t.same(made.rows, [{ done: true }])
  await older.query(
    `insert into recorded_call (${COLUMNS})
     select 'req_0000${day}' || lpad(n::text, 13, '0'), 'req_y', now(), ${refused} from generate_series(1, 5000) n`
  )
  const [before, trimmedBefore] = [recorded, removed]
  while (recorded < before + 20 || removed < trimmedBefore + 200) await older.query('select pg_sleep(0.01)')
  hasEnded = true
  await working

  const { rows } = await admin.query<Record<string, number>>(
    `select count(*) filter (where request_id = 'req_x')::int as theirs,
            count(*) filter (where request_id = 'req_y')::int as ours,
            count(*) filter (where tableoid = 'call_record'::regclass)::int as oldest from recorded_call`
  )
  const theirs = ROWS + 1 + recorded - removed
  t.same(rows, [{ theirs, ours: 5_000, oldest: theirs }], 'the older version removed none of the others')
  const usage = await admin.query(
    `select sum(calls)::int as calls, count(distinct tableoid)::int as tables from token_day_usage`
  )
  t.same(usage.rows, [{ calls: 3 * ROWS + counted, tables: 1 }])
  const indexes = await admin.query(
    `select i.indrelid::regclass::text as table, count(*)::int as all,
            count(*) filter (where i.indisvalid)::int as valid,
            count(*) filter (where exists (select from pg_inherits h where h.inhparent = i.indexrelid
              and h.inhrelid in (select indexrelid from pg_index
                where indrelid in ('call_record'::regclass, 'token_usage'::regclass))))::int as attached
       from pg_index i where i.indrelid in ('recorded_call'::regclass, 'token_day_usage'::regclass)
      group by 1 order by 1`
  )
  t.same(
    indexes.rows,
    [
      { table: 'recorded_call', all: 7, valid: 7, attached: 7 },
      { table: 'token_day_usage', all: 1, valid: 1, attached: 1 }
    ],
    'the indexes that were there are used'
  )
  t.same(
    (await admin.query(`select count(*)::int as indexes from pg_index where indrelid = 'call_record'::regclass`)).rows,
    [{ indexes: 8 }],
    'and none is built'
  )
  // Who may delete may go on with what a newer version does, and nobody else.
  t.same(
    (await older.query(`select drop_time_partition('recorded_call', 'recorded_call_until_20990101') as done`)).rows,
    [{ done: true }]
  )
  const stranger = await openRole(t, url)
  await t.rejects(stranger.query(`select drop_time_partition('recorded_call', 'recorded_call_until_20990101')`), {
    code: '42501'
  })
})
