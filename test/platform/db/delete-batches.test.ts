import type { Pool } from 'pg'
import t from 'tap'
import { listJobs } from '../../../src/assemble/chores.ts'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { DELETE_BATCH, deleteBatches } from '../../../src/platform/db/delete-batches.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startSluice } from '../../fixtures/sluice.ts'

t.test('deletes everything that the condition holds for, and stops between two batches', async (t) => {
  const database = openDatabase(await testDatabase(t))
  t.teardown(() => database.close())
  const { pool } = database
  await pool.query('create table thing as select n from generate_series(1, 2500) n')
  const left = async (): Promise<number> =>
    (await pool.query<{ count: number }>('select count(*)::int as count from thing')).rows[0]?.count ?? NaN
  const rows = { table: 'thing', where: 'n <= $1', values: [2_400] }
  t.equal(await deleteBatches(pool, rows, AbortSignal.abort()), 0)
  const stopping = new AbortController()
  const stopped = {
    query: async (text: string, values: unknown[]) => {
      stopping.abort()
      return pool.query(text, values)
    }
  } as Pick<Pool, 'query'>
  t.equal(await deleteBatches(stopped, rows, stopping.signal), DELETE_BATCH)
  t.equal(await left(), 2_500 - DELETE_BATCH)
  t.equal(await deleteBatches(pool, rows), 2_400 - DELETE_BATCH)
  t.equal(await left(), 100)
})

t.test('no periodic job that removes rows does so once the process is stopping', async (t) => {
  const { services } = await startSluice(t)
  const { database } = services
  const deletes: string[] = []
  const pool = new Proxy(database.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name) as unknown
      return (query: string | { text: string }, values?: unknown[]) => {
        const text = typeof query === 'string' ? query : query.text
        if (/^\s*(with[\s\S]*)?delete\b/.test(text)) deletes.push(text)
        return target.query(query as string, values)
      }
    }
  })
  const jobs = listJobs({ ...services, database: { ...database, pool } }).filter(({ name }) =>
    /^(trim|remove)/.test(name)
  )
  t.ok(jobs.length >= 6)
  for (const job of jobs) await job.run(AbortSignal.abort())
  t.same(deletes, [])
  for (const job of jobs) await job.run(new AbortController().signal)
  t.ok(deletes.length >= jobs.length, 'control: otherwise they do')
})
