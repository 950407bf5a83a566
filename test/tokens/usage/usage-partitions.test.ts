import t, { type Test } from 'tap'
import { DAY_MS } from '../../../src/lib/clock.ts'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { readDatedPartitions } from '../../../src/platform/db/partitions.ts'
import { trimUsage } from '../../../src/tokens/usage/retention.ts'
import { dropUsagePartitions, makeUsagePartitions } from '../../../src/tokens/usage/usage-partitions.ts'
import { writeUsage } from '../../../src/tokens/usage/write.ts'
import { createTestClock, createTickingClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'

async function open(t: Test) {
  const { pool, close } = openDatabase(await testDatabase(t))
  t.teardown(close)
  const clock = createTestClock()
  const count = (tokenId: string, at = clock.now()): Promise<void> =>
    writeUsage({ pool }, [
      { tokenId, day: Math.floor(at / DAY_MS), outcomes: new Map([['accepted', 2]]), addresses: new Map() }
    ])
  async function tables(): Promise<Record<string, number>> {
    const { rows } = await pool.query<{ table: string; calls: string }>(
      `select tableoid::regclass::text as table, sum(calls) as calls from token_day_usage group by 1 order by 1`
    )
    return Object.fromEntries(rows.map(({ table, calls }) => [table, Number(calls)]))
  }
  return { deps: { pool, clock }, clock, count, tables }
}

t.test('days of the months after the migration are counted where older versions count too', async (t) => {
  const { deps, count, tables } = await open(t)
  t.equal(await makeUsagePartitions(deps), 0)
  await count('tok_1')
  await count('tok_1')
  await deps.pool.query(`insert into token_usage values ('tok_2', $1, 'accepted', 5)`, [new Date(deps.clock.now())])
  t.same(await tables(), { token_usage: 9 })
})

t.test('months that change meanwhile are made without a gap', async (t) => {
  const { deps, clock } = await open(t)
  const later = new Date(clock.now() + 200 * DAY_MS)
  const monthAt = (months: number): number => Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + months)
  t.equal(await makeUsagePartitions({ ...deps, clock: createTickingClock(monthAt(1) - 1) }), 2)
  t.same(
    (await readDatedPartitions(deps.pool, 'token_day_usage')).map(({ at }) => at.getTime()).sort((a, b) => a - b),
    [monthAt(0), monthAt(1)]
  )
})

t.test('later months have partitions, which go with their last day', async (t) => {
  const { deps, clock, count, tables } = await open(t)
  clock.advance(200 * DAY_MS)
  await count('tok_1')
  t.same(await tables(), { token_day_usage_unplaced: 2 })
  t.equal(await makeUsagePartitions(deps), 2, 'this month and the next')
  t.equal(await makeUsagePartitions(deps), 0)
  await count('tok_1')
  const [first = ''] = Object.keys(await tables())
  t.match(first, /^token_day_usage_from_\d{6}01$/)
  t.same(await tables(), { [first]: 4 })
  const day = clock.now()
  for (let month = 0; month < 12; month++) {
    clock.advance(30 * DAY_MS)
    await makeUsagePartitions(deps)
  }
  await trimUsage(deps)
  t.equal(await dropUsagePartitions(deps), 0)
  clock.advance(day + 400 * DAY_MS - clock.now())
  await dropUsagePartitions(deps)
  t.same(await tables(), { [first]: 4 }, 'not before its last day is old enough')
  clock.advance(31 * DAY_MS)
  t.ok((await dropUsagePartitions(deps)) >= 1)
  t.same(await tables(), {})
})
