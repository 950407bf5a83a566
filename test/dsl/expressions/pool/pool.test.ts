import t from 'tap'
import { createExpressions, DEFAULT_LIMITS } from '../../../../src/dsl/expressions/expressions.ts'
import { sharedNow, type Work } from '../../../../src/dsl/expressions/pool/job.ts'
import { ProgramLane } from '../../../../src/dsl/expressions/pool/lane.ts'
import { createPool, type PoolClock } from '../../../../src/dsl/expressions/pool/pool.ts'

/** A clock that calls nothing by itself: `advance` lets time pass. */
function testClock(): PoolClock & { advance(ms: number): void } {
  const start = sharedNow()
  const calls = new Map<() => void, number>()
  let passed = 0
  return {
    now: () => start + passed,
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
  program.join().done(undefined)
  t.equal(program.lane, 'slow', 'a job that never started proves nothing')
  const lanes = [250, 251, 9000, undefined, 1].map((ranMs) => {
    program.join().done(ranMs)
    return program.lane
  })
  t.same(lanes, ['quick', 'slow', 'slow', 'slow', 'quick'])
  const checks = new ProgramLane('checks')
  checks.join().done(9000)
  t.equal(checks.lane, 'checks')
})

t.test(
  'a job that waits too long for a worker is refused, though it never ran; the next one is answered',
  async (t) => {
    const clock = testClock()
    const pool = createPool({ ...DEFAULT_LIMITS, queueWaitMs: 300, timeoutMs: 3_000 }, 1, clock)
    t.teardown(() => pool.close())
    const endless = pool.run(ENDLESS, new ProgramLane(), own).catch((error: unknown) => error)
    const waiting = pool.run(run('1'), new ProgramLane(), own).catch((error: unknown) => error)
    clock.advance(299)
    const last = pool.run(run('1'), new ProgramLane(), own)
    clock.advance(1)
    t.match(await waiting, { kind: 'busy', message: 'the expression waited longer than 300 ms for a worker' })
    // By then the endless one runs, or waits as well: the time that is over ends it in both cases.
    clock.advance(60_000)
    t.match(await endless, { kind: /^(limit|busy)$/, message: /ran longer than 3000 ms|waited longer than 300 ms/ })
    await last.catch(() => {})
    t.equal(await pool.run(run('1'), new ProgramLane(), own), '1')
  }
)

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
