import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { countLive } from '../../src/runs/durable/count-live.ts'
import { createLiveRunLimit } from '../../src/runs/live-run-limit.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { testDatabase } from '../fixtures/database.ts'

t.test('429: durable runs of a listener and of a workspace are bounded, over all processes', async (t) => {
  const pool = new pg.Pool({ connectionString: (await testDatabase(t)).url })
  // Its connections may end with the database, which is dropped at the same time.
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  const clock = createTestClock()
  clock.stop()
  const open = () =>
    createLiveRunLimit({
      runs: { countLive: (...owner) => countLive(pool, ...owner) },
      clock,
      limits: { listener: 2, workspace: 3 }
    })
  const limit = open()
  const insert = (id: string, workspaceId: string, listenerId: string | null) =>
    pool.query(
      `insert into live_run (run_id, workspace_id, listener_id, state, job_id, queued_at)
       values ($1, $2, $3, 'queued', $4, now())`,
      [id, workspaceId, listenerId, randomUUID()]
    )
  const full = (scope: string) => ({
    code: 'rate_limited',
    why: 'too_many_live_runs',
    headers: { 'Retry-After': '5', RateLimit: new RegExp(`"live-runs-${scope}";r=0`) }
  })

  const together = await Promise.allSettled([1, 2, 3].map(() => limit.take('w1', 'l1')))
  t.same(together.map(({ status }) => status).sort(), ['fulfilled', 'fulfilled', 'rejected'], 'at once')
  await t.rejects(limit.take('w1', 'l1'), full('listener'))
  await limit.take('w1', 'l2')
  await t.rejects(limit.take('w1', null), full('workspace'))
  await limit.take('w2', 'l3')

  await insert('r1', 'w1', 'l1')
  await insert('r2', 'w1', 'l1')
  await t.rejects(open().take('w1', 'l1'), full('listener'), 'another process counts what is in the database')
  await pool.query(`delete from live_run where run_id = 'r1'`)
  clock.advance(1_001)
  await limit.take('w1', 'l1')
  await t.rejects(limit.take('w1', 'l1'), full('listener'))
})
