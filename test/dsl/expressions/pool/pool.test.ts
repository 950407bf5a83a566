import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createExpressions, DEFAULT_LIMITS } from '../../../../src/dsl/expressions/expressions.ts'
import type { Work } from '../../../../src/dsl/expressions/pool/job.ts'
import { ProgramLane } from '../../../../src/dsl/expressions/pool/lane.ts'
import { createPool, type Pool, type PoolClock } from '../../../../src/dsl/expressions/pool/pool.ts'
import { Gate } from './fixtures/gate.ts'

/** A clock that calls nothing by itself: `advance` lets time pass, `next` is the time until the next call. */
function testClock(): PoolClock & { advance(ms: number): void; next(): number } {
  const calls = new Map<() => void, number>()
  let passed = 0
  return {
    now: () => passed,
    next: () => Math.min(...calls.values()) - passed,
    after: (ms, call) => {
      calls.set(call, passed + ms)
      return () => calls.delete(call)
    },
    advance: (ms) => {
      passed += ms
      for (const [call, due] of calls) {
        if (due <= passed) {
          calls.delete(call)
          call()
        }
      }
    }
  }
}

/** Worker threads are real: what they do is waited for, turn by turn. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn()
}

/** Resolves when every job that has its turn runs. */
const allRun = async (pool: Pool): Promise<void> => until(() => pool.stats().workers > 0 && pool.stats().starting === 0)

/** A worker that starts only when the gate is open. */
const HELD_WORKER = fileURLToPath(new URL('./fixtures/held-worker.ts', import.meta.url))

/** A worker that fails outside its job where the program is "fail". */
const FAILING_WORKER = fileURLToPath(new URL('./fixtures/failing-worker.ts', import.meta.url))

const run = (program: string): Work => ({ kind: 'run', program, document: 'null' })
const ENDLESS = run('def f: f; f')
const own = { owner: { key: 'a' } }

t.test('a slow program never takes more than one thread, however often it is asked for', async (t) => {
  // Time stands still, so no job ends by its limit.
  for (const [lane, workers] of [
    ['quick', 2],
    ['slow', 1]
  ] as const) {
    const pool = createPool(DEFAULT_LIMITS, workers, testClock())
    const program = new ProgramLane(lane)
    let ended = 0
    const endless = Array.from({ length: 6 }, () =>
      pool.run(ENDLESS, program, own).catch((error: unknown) => {
        ended++
        return error
      })
    )
    const quick = new ProgramLane('quick')
    for (let n = 0; n < 20; n++) t.equal(await pool.run(run(`${n}`), quick, own), `${n}`)
    t.equal(ended, 0, `20 quick jobs are answered while a program of the ${lane} lane runs`)
    await pool.close()
    for (const error of await Promise.all(endless)) t.match(error, { kind: 'aborted' })
  }
})

t.test('a program is slow until it has proven quick, and again after a job of more than 250 ms', async (t) => {
  const program = new ProgramLane()
  t.equal(program.lane, 'slow', 'a new program has proven nothing')
  program.ended(undefined)
  t.equal(program.lane, 'slow', 'a job that never started proves nothing')
  const lanes = [250, 251, 9000, undefined, 1].map((ranMs) => {
    program.ended(ranMs)
    return program.lane
  })
  t.same(lanes, ['quick', 'slow', 'slow', 'slow', 'quick'])
  const checks = new ProgramLane('checks')
  checks.ended(9000)
  t.equal(checks.lane, 'checks')
})

t.test('busy: a job that waits too long for a worker never ran; the next one is answered', async (t) => {
  const clock = testClock()
  const pool = createPool({ ...DEFAULT_LIMITS, queueWaitMs: 300 }, 1, clock)
  t.teardown(() => pool.close())
  const endless = pool.run(ENDLESS, new ProgramLane(), own).catch((error: unknown) => error)
  await nextTurn()
  await allRun(pool)
  const waiting = pool.run(run('1'), new ProgramLane(), own).catch((error: unknown) => error)
  clock.advance(299)
  const last = pool.run(run('1'), new ProgramLane(), own).catch((error: unknown) => error)
  clock.advance(1)
  t.match(await waiting, {
    kind: 'busy',
    message: 'the expression waited longer than 300 ms for a worker (limit "queueWaitMs")'
  })
  clock.advance(60_000)
  t.match(await endless, { kind: 'limit', message: 'the expression ran longer than 1000 ms (limit "timeoutMs")' })
  await last
  t.equal(await pool.run(run('1'), new ProgramLane(), own), '1')
})

t.test('the start of a worker costs neither the program that it starts for nor those that wait', async (t) => {
  using gate = new Gate()
  const clock = testClock()
  const limits = { ...DEFAULT_LIMITS, queueWaitMs: 300, startMs: 60_000 }
  const pool = createPool(limits, 1, clock, HELD_WORKER)
  t.teardown(() => pool.close())
  const [first, second] = [run('1'), run('2')].map((work) => pool.run(work, new ProgramLane(), own))
  await until(() => gate.isReached())
  for (let n = 0; n < 10; n++) clock.advance(5_999)
  gate.open()
  t.same(await Promise.all([first, second]), ['1', '2'])
})

t.test('busy: no worker was ready within its limit, and a start delays the others by no more than that', async (t) => {
  using gate = new Gate()
  const clock = testClock()
  const limits = { ...DEFAULT_LIMITS, queueWaitMs: 3_000, startMs: 10_000 }
  const pool = createPool(limits, 1, clock, HELD_WORKER)
  t.teardown(() => pool.close())
  const first = pool.run(run('1'), new ProgramLane(), own).catch((error: unknown) => error)
  await until(() => gate.isReached())
  clock.advance(5_000)
  const others = [0, 1].map(() => pool.run(run('2'), new ProgramLane(), own).catch((error: unknown) => error))
  clock.advance(5_000)
  t.match(await first, {
    kind: 'busy',
    message: 'no worker was ready for the expression within 10000 ms (limit "startMs")'
  })
  // The next one has its turn, and the thread is still starting. The last one may wait 13 s in all.
  await until(() => pool.stats().queued === 1 && pool.stats().starting === 1)
  clock.advance(7_999)
  await nextTurn()
  t.equal(pool.stats().queued, 1)
  clock.advance(250)
  t.match(await others[1], { kind: 'busy', message: /queueWaitMs/ })
  gate.open()
  t.equal(await others[0], '2')
})

t.test('a program that gets no CPU time does not count as slow, and is ended by the clock at last', async (t) => {
  const clock = testClock()
  const pool = createPool({ ...DEFAULT_LIMITS, timeoutMs: 600_000, clockFactor: 5 }, 1, clock)
  t.teardown(() => pool.close())
  let ended = false
  const starved = pool
    .run(ENDLESS, new ProgramLane(), own)
    .catch((error: unknown) => error)
    .finally(() => (ended = true))
  await nextTurn()
  await allRun(pool)
  clock.advance(2_000_000)
  await until(() => ended || clock.next() <= 600_000)
  t.equal(ended, false, 'it has run for a moment')
  clock.advance(999_999)
  await until(() => ended || clock.next() === 1)
  t.equal(ended, false)
  clock.advance(1)
  t.match(await starved, { kind: 'limit', message: 'the expression ran longer than 600000 ms (limit "timeoutMs")' })
})

t.test('a check that finds no free worker rejects: it is no fault of the expression', async (t) => {
  const clock = testClock()
  const expressions = createExpressions({ workers: 1, queueWaitMs: 300, clock })
  t.teardown(() => expressions.close())
  const check = expressions.check('.a | gsub("x"; "y")', []).catch((error: unknown) => error)
  clock.advance(60_000)
  t.match(await check, { kind: 'busy' })
})

t.test('owners take turns: one with many jobs of new programs does not delay another by more than one', async (t) => {
  const pool = createPool(DEFAULT_LIMITS, 1)
  t.teardown(() => pool.close())
  const ended: string[] = []
  const ask = async (key: string, n: number): Promise<void> => {
    await pool.run(run(`${n}`), new ProgramLane(), { owner: { key } })
    ended.push(key)
  }
  const first = Array.from({ length: 10 }, async (_, n) => ask('a', n))
  await Promise.all([...first, ask('b', 1)])
  t.ok(ended.indexOf('b') <= 2, ended.join(' '))
})

t.test('busy: beyond the jobs of one owner that may wait; another owner still has its place', async (t) => {
  const limits = { ...DEFAULT_LIMITS, queuePerOwner: 2 }
  const pool = createPool(limits, 1, testClock())
  const ask = (key: string): Promise<unknown> =>
    pool.run(ENDLESS, new ProgramLane(), { owner: { key } }).catch((error: unknown) => error)
  const waiting = [ask('a'), ask('a'), ask('a')]
  t.match(await ask('a'), { kind: 'busy', message: 'more than 2 expressions wait for a worker' })
  waiting.push(ask('b'))
  await new Promise(setImmediate)
  t.equal(pool.stats().queued, 3, 'one runs')
  await pool.close()
  for (const error of await Promise.all(waiting)) t.match(error, { kind: 'aborted' })
})

t.test('simulations have threads of their own', async (t) => {
  const pool = createPool(DEFAULT_LIMITS, 1, testClock())
  const endless = Array.from({ length: 5 }, () =>
    pool.run(ENDLESS, new ProgramLane(), { owner: { key: 'a', simulation: true } }).catch((error: unknown) => error)
  )
  for (let n = 0; n < 5; n++) t.equal(await pool.run(run(`${n}`), new ProgramLane(), own), `${n}`)
  await pool.close()
  for (const error of await Promise.all(endless)) t.match(error, { kind: 'aborted' })
})

t.test('a thread that fails when its job has just been cancelled is replaced, and the process goes on', async (t) => {
  using gate = new Gate()
  const pool = createPool(DEFAULT_LIMITS, 1, testClock(), FAILING_WORKER)
  t.teardown(() => pool.close())
  const cancel = new AbortController()
  const failing = pool.run(run('fail'), new ProgramLane('quick'), { ...own, signal: cancel.signal })
  const failed = failing.catch((error: unknown) => error)
  await until(() => gate.isReached())
  gate.openUntilEnd()
  cancel.abort()
  t.match(await failed, { kind: 'aborted' })
  t.equal(await pool.run(run('1'), new ProgramLane('quick'), own), '1')
})
