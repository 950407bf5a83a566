import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { DEFAULT_LIMITS } from '../../../../src/dsl/expressions/expressions.ts'
import type { Work } from '../../../../src/dsl/expressions/pool/job.ts'
import { ProgramLane } from '../../../../src/dsl/expressions/pool/lane.ts'
import { createPool, type PoolClock } from '../../../../src/dsl/expressions/pool/pool.ts'

/** A worker that answers with the number of jobs that it got at once. */
const COUNTING_WORKER = fileURLToPath(new URL('./fixtures/counting-worker.ts', import.meta.url))
const ONE_JOB_WORKER = fileURLToPath(new URL('./fixtures/one-job-worker.ts', import.meta.url))

const run = (program: string, document = 'null'): Work => ({ kind: 'run', program, document })
const ENDLESS = run('def f: f; f')
const own = { owner: { key: 'a' } }
const failure = (error: unknown): unknown => error

t.test('a thread gets the jobs of quick programs that wait at once, and those of others one by one', async (t) => {
  for (const [lane, expected] of [
    ['quick', ['1', ...Array.from({ length: 16 }, () => '16'), '3', '3', '3']],
    ['slow', Array.from({ length: 20 }, () => '1')],
    ['checks', Array.from({ length: 20 }, () => '1')]
  ] as const) {
    const pool = createPool(DEFAULT_LIMITS, 1, undefined, COUNTING_WORKER)
    t.teardown(() => pool.close())
    // A program that stays in its lane, and jobs of two owners.
    const programs = [0, 1].map(() => new ProgramLane(lane))
    const jobs = Array.from({ length: 20 }, async (_, n) =>
      pool.run(run('.'), programs[n % 2] as ProgramLane, { owner: { key: String(n % 2) } })
    )
    const counts = await Promise.all(jobs)
    if (lane === 'slow') t.equal(counts[0], '1', lane)
    else t.same([...counts].sort(), [...expected].sort(), lane)
  }
})

t.test('a job that was put back has its turn before later jobs of other owners', async (t) => {
  const pool = createPool(DEFAULT_LIMITS, 1, undefined, ONE_JOB_WORKER)
  t.teardown(() => pool.close())
  const order: string[] = []
  const programs = { a: new ProgramLane('quick'), b: new ProgramLane('quick') }
  const ask = async (key: 'a' | 'b'): Promise<void> => {
    await pool.run(run('.'), programs[key], { owner: { key } })
    order.push(key)
  }
  await Promise.all([ask('a'), ...Array.from({ length: 20 }, async () => ask('a')), ask('b'), ask('b')])
  t.same(order.join(''), `aabab${'a'.repeat(18)}`)
})

t.test('jobs of one program run together, and each ends by itself', async (t) => {
  const pool = createPool(DEFAULT_LIMITS, 1)
  t.teardown(() => pool.close())
  const program = new ProgramLane('quick')
  const ask = (n: number): Promise<unknown> =>
    pool
      .run(run('if . == 2 then error({__jq: 0}) else [., input_line_number] end', String(n)), program, own)
      .catch(failure)
  // A thread that waits for its turn on the machine begins no further job of its batch: another round then.
  let last: unknown
  do {
    // The first has the thread for itself.
    const [first, ...others] = await Promise.all([0, 1, 2, 3].map(ask))
    t.equal(first, '[0,1]')
    t.match(others, [/^\[1,1\]$/, { kind: 'runtime', message: '{"__jq":0}' }, /^\[3,\d\]$/])
    last = others[2]
  } while (last !== '[3,3]')
})

t.test('a message has a limit of characters: a job with more is sent alone', async (t) => {
  const pool = createPool(DEFAULT_LIMITS, 1, undefined, COUNTING_WORKER)
  t.teardown(() => pool.close())
  const program = new ProgramLane('quick')
  const large = JSON.stringify('x'.repeat(300_000))
  const jobs = ['null', large, large, 'null'].map(async (document) => pool.run(run('.', document), program, own))
  t.same(await Promise.all(jobs), ['1', '1', '1', '1'])
})

t.test('a job that ends its thread ends no other of its batch', async (t) => {
  for (const [bad, kind] of [
    [ENDLESS, 'limit'],
    [run('[range(1e9)]'), 'limit']
  ] as const) {
    const pool = createPool({ ...DEFAULT_LIMITS, timeoutMs: 300, memoryBytes: 64 * 1024 * 1024 }, 1)
    t.teardown(() => pool.close())
    const program = new ProgramLane('quick')
    const ask = (work: Work): Promise<unknown> => pool.run(work, program, own).catch(failure)
    const [first, before, ended, behind] = await Promise.all([ask(run('1')), ask(run('2')), ask(bad), ask(run('3'))])
    t.same([first, before, behind], ['1', '2', '3'])
    t.match(ended, { kind })
    t.equal(program.lane, 'quick', 'its last job was quick')
  }
})

t.test('jobs behind one that does not end are taken back for another thread', async (t) => {
  const pool = createPool({ ...DEFAULT_LIMITS, timeoutMs: 600_000 }, 2)
  const ask = (work: Work): Promise<unknown> => pool.run(work, new ProgramLane('quick'), own).catch(failure)
  const taken = [ask(run('1')), ask(run('2'))]
  const endless = ask(ENDLESS)
  t.same(await Promise.all([...taken, ask(run('3')), ask(run('4'))]), ['1', '2', '3', '4'])
  await pool.close()
  t.match(await endless, { kind: 'aborted' })
})

t.test('a cancelled job leaves the others of its batch alone, and a thread that only it needed ends', async (t) => {
  const pool = createPool({ ...DEFAULT_LIMITS, timeoutMs: 600_000 }, 1)
  t.teardown(() => pool.close())
  const program = new ProgramLane('quick')
  const ask = (work: Work, signal?: AbortSignal): Promise<unknown> =>
    pool.run(work, program, { ...own, signal }).catch(failure)
  const [one, two] = [new AbortController(), new AbortController()]
  const first = ask(run('1'))
  const endless = ask(ENDLESS, one.signal)
  const behind = ask(run('2'), two.signal)
  const last = ask(run('3'))
  t.equal(await first, '1')
  two.abort()
  t.match(await behind, { kind: 'aborted' })
  one.abort()
  t.match(await endless, { kind: 'aborted' })
  t.equal(await last, '3')
})

t.test('a waiting job that is cancelled never runs, also where its program has just changed its lane', async (t) => {
  let passed = 0
  const clock: PoolClock = { now: () => passed, after: () => () => {} }
  const pool = createPool({ ...DEFAULT_LIMITS, timeoutMs: 600_000 }, 1, clock)
  t.teardown(() => pool.close())
  const program = new ProgramLane('quick')
  const [one, two] = [new AbortController(), new AbortController()]
  const endless = [one, two].map(({ signal }) => pool.run(ENDLESS, program, { ...own, signal }).catch(failure))
  while (pool.stats().workers === 0 || pool.stats().starting > 0) await nextTurn()
  passed = 1_000
  one.abort()
  t.equal(program.lane, 'slow')
  two.abort()
  t.equal(pool.stats().queued, 0)
  for (const error of await Promise.all(endless)) t.match(error, { kind: 'aborted' })
  // Of each lane, the one thread is free.
  for (const lane of ['quick', 'slow'] as const)
    t.equal(await pool.run(run('1'), new ProgramLane(lane), own), '1', lane)
})
