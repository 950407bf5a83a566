import t, { type Test } from 'tap'
import { DAY_MS } from '../../src/lib/clock.ts'
import { isId } from '../../src/lib/ids.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import {
  dropRecordPartitions,
  makeRecordPartitions,
  newRecordId,
  RECORD_DAYS,
  recordIdBoundsSql,
  recordIdsBetween
} from '../../src/requests/record-partitions.ts'
import { trimCalls } from '../../src/requests/retention.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { testDatabase } from '../fixtures/database.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

async function open(t: Test) {
  const { pool, close } = openDatabase(await testDatabase(t))
  t.teardown(close)
  const clock = createTestClock()
  async function insert(at: number, count: number, table = 'recorded_call', idOf = newRecordId): Promise<void> {
    await pool.query(
      `insert into ${table} (id, request_id, at, outcome, status, code, kind, ip, ms)
       select id, 'req_x', $2, 'refused', 401, 'invalid_token', 'none', '::1', 1 from unnest($1::text[]) as id`,
      [Array.from({ length: count }, () => idOf(at)), new Date(at)]
    )
  }
  async function tables(): Promise<Record<string, number>> {
    const { rows } = await pool.query<{ table: string; count: number }>(
      `select tableoid::regclass::text as table, count(*)::int as count from recorded_call group by 1 order by 1`
    )
    return Object.fromEntries(rows.map(({ table, count }) => [table, count]))
  }
  const partitions = async (): Promise<string[]> =>
    (
      await pool.query<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'recorded_call'::regclass order by 1`
      )
    ).rows.map(({ name }) => name)
  return { pool, clock, insert, tables, partitions, deps: { pool, clock } }
}

t.test('partitions are there a week ahead, and none is made twice', async (t) => {
  const { deps, clock, partitions } = await open(t)
  t.ok((await makeRecordPartitions(deps)) >= 3)
  t.equal(await makeRecordPartitions(deps), 0)
  const [mine, others] = await Promise.allSettled([makeRecordPartitions(deps), makeRecordPartitions(deps)])
  t.same([mine.status, others.status], ['fulfilled', 'fulfilled'])
  for (let day = 0; day < 60; day++) {
    clock.advance(DAY_MS)
    await makeRecordPartitions(deps)
    await dropRecordPartitions(deps)
  }
  t.ok((await partitions()).length <= 16, 'each list looks into all of them')
})

t.test('a record is found by its id, its time and in no other partition; it is kept for 30 to 33 days', async (t) => {
  const { deps, clock, insert, tables } = await open(t)
  const start = clock.now()
  await makeRecordPartitions(deps)
  await insert(start, 7)
  t.match(Object.keys(await tables()), [/^recorded_call_until_\d{8}$/])
  let days = 0
  for (; Object.keys(await tables()).length > 0 && days < 60; days++) {
    clock.advance(DAY_MS)
    await dropRecordPartitions(deps)
  }
  t.ok(days >= RECORD_DAYS && days <= RECORD_DAYS + 4, `${days}`)
  for (const at of [start, start + 12_345_678, start + 100 * DAY_MS]) {
    const id = newRecordId(at)
    t.ok(isId('req', id))
    const { from, to } = recordIdsBetween(at, at)
    t.ok(id >= from && id < to)
    const sql = recordIdBoundsSql('$1::timestamptz', '$1::timestamptz')
    const { rows } = await deps.pool.query(`select ${sql.from} as from, ${sql.to} as to`, [new Date(at)])
    t.same(rows, [{ from, to }], 'the database reckons the same')
  }
})

t.test(
  'records that came before their partition are kept, and moved into it; those of older versions stay',
  async (t) => {
    const { deps, clock, insert, tables } = await open(t)
    await insert(clock.now(), 20)
    let count = 0
    await insert(clock.now(), 5, 'call_record', () => `req_T${String(count++).padStart(21, '0')}`)
    t.same(await tables(), { call_record: 5, recorded_call_unplaced: 20 })
    await makeRecordPartitions(deps)
    const [partition = ''] = Object.keys(await tables()).filter((name) => name.includes('until'))
    t.same(await tables(), { call_record: 5, [partition]: 20 })
    clock.advance(40 * DAY_MS)
    await trimCalls(deps)
    t.same(await tables(), { [partition]: 20 })
    await dropRecordPartitions(deps)
    t.same(await tables(), {})
  }
)

t.test('the functions make and remove nothing else', async (t) => {
  const { pool } = await open(t)
  for (const [parent, partition] of [
    ['run', 'run_until_20261231'],
    ['audit_event', 'audit_event_until_20261231'],
    ['recorded_call', 'call_record'],
    ['recorded_call', 'token_day_usage_from_20261231'],
    ['recorded_call', 'recorded_call_until_20261231; drop table run']
  ]) {
    const refused = { message: /is no partition by time/ }
    await t.rejects(pool.query('select drop_time_partition($1, $2)', [parent, partition]), refused)
    await t.rejects(pool.query(`select make_time_partition($1, $2, 'a', 'b')`, [parent, partition]), refused)
  }
})

t.test('200: a refused call is in its partition, and is listed once', async (t) => {
  const { client, services, clock } = await startSluice(t)
  const { pool } = services.database
  const owner = await client.signUp()
  const listener = await createEchoListener(t, client, owner)
  const token = await createToken(t, client, owner)
  await makeRecordPartitions({ pool, clock })
  t.equal((await client.call('DELETE', `/v1/tokens/${token.id}`, { as: owner.session })).status, 204)
  t.equal((await client.call('POST', listener.path, { as: token.token, body: {} })).status, 401)
  await services.calls.flush()
  const { rows } = await pool.query(`select tableoid::regclass::text as table from recorded_call where token_id = $1`, [
    token.id
  ])
  t.match(rows, [{ table: /^recorded_call_until_/ }])
  const denials = await client.call('GET', `/v1/tokens/${token.id}/denials`, { as: owner.session })
  t.match(denials.json.items, [{ reason: 'revoked' }])
  const since = new Date(clock.now() - 60_000).toISOString()
  const requests = await client.call('GET', `/v1/requests?since=${since}`, { as: owner.session })
  t.match(requests.json, { items: [{ outcome: 'refused' }], total: 1 })
})
