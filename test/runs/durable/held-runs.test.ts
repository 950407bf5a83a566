import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Pool, QueryConfig } from 'pg'
import t, { type Test } from 'tap'
import { ADVISORY_LOCK_CLASSES } from '../../../src/lib/advisory-locks.ts'
import { newId } from '../../../src/lib/ids.ts'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { holdRun } from '../../../src/runs/durable/held-run.ts'
import { createHeldRuns } from '../../../src/runs/durable/held-runs.ts'
import { createLease } from '../../../src/runs/durable/lease.ts'
import { createLiveness } from '../../../src/runs/durable/liveness.ts'
import { openQueue } from '../../../src/runs/durable/queue.ts'
import { createStandstillWatch } from '../../../src/runs/standstill.ts'
import { testDatabase } from '../../fixtures/database.ts'

const END_SESSION = new URL('./end-session-main.ts', import.meta.url).pathname
const WORKER = 1
const OTHER_WORKER = 2

const { url } = await testDatabase(t)
const { pool, close } = openDatabase({ url })
const queue = await openQueue({ pool, supervise: false, onError: (error) => t.fail(String(error)) })
const standstill = createStandstillWatch({ pausedMs: 60_000 })
t.teardown(async () => {
  standstill.close()
  await queue.close()
  await close()
})

/** A process whose earlier confirmations are all too old, and the database's answers to which can be held up. */
function thawed() {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const slow: Pick<Pool, 'query'> = {
    query: (async (query: QueryConfig) => {
      const result = await pool.query(query)
      await answered
      return result
    }) as unknown as Pool['query']
  }
  const seenSince = performance.now()
  const held = createHeldRuns({ pool: slow as Pool, queue, workerId: WORKER, seenSince: () => seenSince, standstill })
  return { held, answer }
}

/** A run that this process has claimed before it was frozen, and that `workerId` holds by now. */
async function claimed(t: Pick<Test, 'teardown'>, held: ReturnType<typeof createHeldRuns>, workerId: number) {
  const runId = newId('run')
  const workspaceId = newId('wsp')
  await pool.query(
    `insert into live_run (run_id, workspace_id, state, epoch, priority, worker_id, job_id, job_attempt, queued_at)
     values ($1, $2, 'running', $3, 0, $4, $5, 0, now())`,
    [runId, workspaceId, workerId === WORKER ? 1 : 2, workerId, randomUUID()]
  )
  const run = holdRun({
    claim: {
      runId,
      epoch: 1,
      job: null,
      workspaceId,
      listenerId: null,
      limited: false,
      flowId: newId('flw'),
      flowVersion: 1,
      requestId: 'req_1',
      caller: { kind: 'anonymous', id: null, name: null, workspaceId },
      input: {},
      startedAt: 0,
      effects: new Map(),
      stepKeys: new Set(),
      lastSeq: 0
    },
    writer: { write: async () => {}, fencedWrites: () => 0 },
    lease: held.lease,
    claimedAt: 0,
    now: Date.now
  })
  t.teardown(() => run.close())
  return run
}

t.test(
  'an answer to a question from before a run was held does not confirm the run, because another process may have it',
  async (t) => {
    const { held, answer } = thawed()
    const asking = held.lease.confirm()
    const run = await claimed(t, held, OTHER_WORKER)
    held.add(run)
    let calls = 0
    const effect = run.journal.effect('k', async () => ++calls, 'leaf')
    answer()
    await t.rejects(effect, { name: 'Fenced' })
    await asking
    t.equal(calls, 0)
    t.ok(run.isLost())
  }
)

t.test('a run that this process still holds continues once the database has confirmed it', async (t) => {
  const { held, answer } = thawed()
  const asking = held.lease.confirm()
  const run = await claimed(t, held, WORKER)
  held.add(run)
  t.notOk(run.hold.isFresh())
  const effect = run.journal.effect('k', async () => 'done', 'leaf')
  answer()
  t.equal(await effect, 'done')
  await asking
  t.ok(run.hold.isFresh())
})

t.test('a run that another process has taken is released, and one of a newer epoch is left alone', async (t) => {
  const { held, answer } = thawed()
  const [lost, older, newer] = [
    await claimed(t, held, OTHER_WORKER),
    await claimed(t, held, OTHER_WORKER),
    await claimed(t, held, WORKER)
  ]
  held.add(lost)
  const asking = held.lease.confirm()
  await nextTurn()
  // This process claims the run anew while its question is on the way.
  const again = { ...older, claim: { ...older.claim, epoch: 3 } }
  held.add(again)
  held.add(newer)
  answer()
  await asking
  t.same([lost.isLost(), older.isLost(), newer.isLost()], [true, false, false])
  held.remove(older)
  t.equal(held.get(older.claim.runId), again, 'it has replaced the older one')
})

t.test('a process that lost its lock while it stood still finds out before it begins an effect', async (t) => {
  const liveness = await createLiveness({ url, onLost() {} })
  const standstill = createStandstillWatch({ pausedMs: 100, tickMs: 5 })
  t.teardown(() => {
    standstill.close()
    return liveness.close()
  })
  const lease = createLease({ ask: async () => {}, seenSince: () => liveness.heldSince(), standstill })
  const claimedAt = performance.now()
  await lease.caughtUp()
  t.equal(lease.isFresh(claimedAt), true)
  const {
    rows: [session]
  } = await pool.query<{ pid: number }>(
    `select pid from pg_locks
      where locktype = 'advisory' and classid = $1 and objid = $2::oid
        and database = (select oid from pg_database where datname = current_database())`,
    [ADVISORY_LOCK_CLASSES.worker, liveness.workerId]
  )
  // Blocks the event loop meanwhile.
  const { status } = spawnSync(process.execPath, [END_SESSION, url, String(session?.pid)])
  t.equal(status, 0)
  t.not(liveness.heldSince(), undefined, 'it has not read that yet')
  t.equal(lease.isFresh(claimedAt), false)
  await lease.caughtUp()
  t.equal(liveness.heldSince(), undefined)
  t.equal(lease.isFresh(claimedAt), false)
})

t.test('a run whose job was handed over is released before another process claims it', async (t) => {
  const { held, answer } = thawed()
  answer()
  const [kept, lapsed] = [await claimed(t, held, WORKER), await claimed(t, held, WORKER)]
  for (const run of [kept, lapsed]) {
    const { runId, workspaceId } = run.claim
    await queue.add([{ id: randomUUID(), runId, workspaceId, priority: 0 }])
    const jobs = await queue.take(1, [])
    held.add({ ...run, claim: { ...run.claim, job: jobs[0] ?? null } })
    if (run === lapsed) await queue.handOver(jobs)
  }
  await held.lease.confirm()
  t.same([kept.isLost(), lapsed.isLost()], [false, true])
  t.ok(kept.hold.isFresh())
})
