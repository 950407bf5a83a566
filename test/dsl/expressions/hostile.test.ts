import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createExpressions, type ExpressionErrorKind } from '../../../src/dsl/expressions/expressions.ts'
import { BACKGROUND_NICENESS, SIMULATION_NICENESS } from '../../../src/lib/thread-priority.ts'
import { type PoolClock, PROCESS_CLOCK } from '../../../src/dsl/expressions/pool/watch.ts'
import { refuses } from './fixtures/refuses.ts'

const TIMEOUT_MS = 250
/** For work that ends by itself: on a busy machine it may take long, and a new thread as well. */
const AMPLE_MS = 600_000
/** Off: jobs run as long as they need, so that a busy machine does not end the ones that take no time. */
let limitsTime = true
const clock: PoolClock = {
  now: PROCESS_CLOCK.now,
  after: (ms, call) => PROCESS_CLOCK.after(ms, () => limitsTime && call())
}
const expressions = createExpressions({
  clock,
  workers: 1,
  timeoutMs: TIMEOUT_MS,
  scriptTimeoutMs: TIMEOUT_MS,
  queueWaitMs: AMPLE_MS,
  memoryBytes: 64 * 1024 * 1024
})
const ample = { timeoutMs: AMPLE_MS, scriptTimeoutMs: AMPLE_MS, queueWaitMs: AMPLE_MS }
const unhurried = createExpressions({ ...ample, workers: 1 })
t.teardown(() => Promise.all([expressions.close(), unhurried.close()]))

const hostile: readonly [source: string, message: RegExp][] = [
  ['range(1e12)', /ran longer than 250 ms|memory/],
  ['[range(1e12)]', /ran longer than 250 ms|memory/],
  ['last(range(1e12))', /ran longer than 250 ms/],
  ['reduce range(1e12) as $i (0; . + $i)', /ran longer than 250 ms/],
  ['"x" * 1e9 | length', /memory|ran longer/],
  ['reduce range(40) as $i ("x"; . + .) | length', /memory|ran longer/],
  ['reduce range(40) as $i ([1]; . + .) | length', /memory|ran longer/],
  ['def f: f; f', /ran longer than 250 ms/],
  ['def f: 1 + f; f', /memory|ran longer/],
  ['def f: [f]; f', /memory|ran longer/],
  ['[limit(1e9; repeat(1))]', /ran longer than 250 ms|memory/],
  ['[recurse(.)]', /ran longer than 250 ms|memory/],
  ['("a" * 40 + "!") | test("^(a+)+$")', /ran longer than 250 ms|retry-limit-in-match/],
  ['reduce range(9999) as $i (null; [.])', /deeper than 512|memory/]
]

t.test(
  'every hostile expression ends in its named error, other evaluations are answered meanwhile and afterwards',
  async (t) => {
    const other = expressions.compile('.a', [])
    for (const [source, message] of hostile) {
      const before = expressions.stats().pool
      let ended = false
      const evaluation = (async () => expressions.compile(source, []).evaluate(null, {}))().finally(() => {
        ended = true
      })
      const outcome = refuses(t, () => evaluation, { message }, source)
      await nextTurn()
      t.equal(other.evaluate({ a: source }, {}), source)
      if (expressions.stats().pool > before) t.equal(ended, false, 'the other one is answered while this one runs')
      await outcome
    }
    limitsTime = false
    t.equal(await expressions.compile('def f: .a; f', []).evaluate({ a: 1 }, {}), 1)
    limitsTime = true
  }
)

t.test('every hostile script ends in its named error, and the next script runs', async (t) => {
  const scripts: readonly [code: string, kind: ExpressionErrorKind, message: RegExp][] = [
    ['for (;;);', 'limit', /the script ran longer than 250 ms/],
    ['const f = () => f(); f()', 'runtime', /stack/],
    ['const hoard = []; for (;;) hoard.push(new Array(1e5).fill("x"))', 'limit', /memory|ran longer/],
    ['/^(a+)+$/.test("a".repeat(40) + "!")', 'limit', /ran longer/],
    ['new Promise(() => {})', 'runtime', /nothing settles/],
    ['for (;;) await null', 'limit', /ran longer/]
  ]
  for (const [code, kind, message] of scripts) {
    const room = kind === 'limit' ? expressions : unhurried
    await refuses(t, () => room.runScript({ code, arguments: {} }), { kind, message }, code)
  }
  limitsTime = false
  for (const room of [expressions, unhurried]) {
    t.same(await room.runScript({ code: 'a + 1', arguments: { a: 1 } }), {
      output: 2,
      stdout: [],
      stderr: []
    })
  }
  limitsTime = true
})

t.test('an input nested 100,000 deep is refused without overflowing the stack, on both paths', async (t) => {
  let deep: unknown = null
  for (let level = 0; level < 100_000; level++) deep = [deep]
  for (const source of ['.', '. == 1', 'tojson', 'def f: .; f']) {
    await refuses(
      t,
      async () => unhurried.compile(source, []).evaluate(deep, {}),
      { kind: 'limit', message: 'a value is nested deeper than 512 levels' },
      source
    )
    await refuses(t, async () => unhurried.compile('$v', ['v']).evaluate(null, { v: deep }), { kind: 'limit' }, source)
  }
})

t.test('a value larger than the limit is refused, on both paths', async (t) => {
  const own = createExpressions({ ...ample, valueSize: 1000 })
  for (const source of ['.', 'def f: .; f']) {
    await refuses(
      t,
      async () => own.compile(source, []).evaluate('x'.repeat(1001), {}),
      { kind: 'limit', message: 'a value is larger than 1000 characters' },
      source
    )
    await refuses(
      t,
      async () =>
        own.compile(source, []).evaluate(
          Array.from({ length: 1001 }, () => 0),
          {}
        ),
      { kind: 'limit' },
      source
    )
  }
  for (const source of ['. * 600', 'def f: . * 600; f', 'def f: . * 60000; f']) {
    await refuses(
      t,
      async () => own.compile(source, []).evaluate('xy', {}),
      { kind: 'limit', message: 'a value is larger than 1000 characters' },
      source
    )
  }
  await own.close()
})

t.test('an expression with more outputs than the limit is refused, on both paths', async (t) => {
  const own = createExpressions({ ...ample, outputs: 100 })
  for (const source of ['range(101)', 'def f: range(101); f']) {
    await refuses(
      t,
      async () => own.compile(source, []).evaluate(null, {}),
      { kind: 'limit', message: 'an expression has more than 100 outputs' },
      source
    )
  }
  await own.close()
})

t.test('more jobs than may wait are refused at once; those that wait are answered', async (t) => {
  const own = createExpressions({ ...ample, workers: 1, queueLength: 2 })
  const job = own.compile('def f: .; f', [])
  const settled = await Promise.allSettled([1, 2, 3, 4, 5].map(async (n) => job.evaluate(n, {})))
  t.same(
    settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    [1, 2, 3]
  )
  for (const each of settled)
    if (each.status === 'rejected')
      t.match(each.reason, { kind: 'busy', message: 'more than 2 expressions wait for a worker' })
  await own.close()
})

t.test('a source longer than the limit is refused by check and by evaluation', async (t) => {
  const long = `"${'x'.repeat(70_000)}"`
  t.match(await expressions.check(long, []), { message: /longer than 16384 characters/ })
  await refuses(t, async () => expressions.compile(long, []).evaluate(null, {}), { kind: 'limit' })
})

t.test("a source nested deeper than the parser's limit is left to jq, and ends", async (t) => {
  const deep = `${'('.repeat(5000)}1${')'.repeat(5000)}`
  const expression = unhurried.compile(deep, [])
  t.equal(expression.path, 'pool')
  const fault = await unhurried.check(deep, [])
  if (fault === undefined) t.equal(await expression.evaluate(null, {}), 1)
  else t.ok(fault.message)
})

t.test(
  'threads have a lower priority than the one that answers, and simulations the lowest',
  { skip: process.platform !== 'linux' && 'only Linux has priorities of threads' },
  async (t) => {
    const before = new Set(readdirSync('/proc/self/task'))
    const own = createExpressions({ ...ample, workers: 1 })
    t.teardown(() => own.close())
    const niceness = (): number[] =>
      readdirSync('/proc/self/task')
        .filter((id) => !before.has(id))
        .map((id) => getPriority(Number(id)) - getPriority(process.pid))
    const program = own.compile('def f: .a; f', [])
    await program.evaluate({ a: 1 }, {})
    t.ok(niceness().includes(BACKGROUND_NICENESS), `of the new threads: ${niceness().join(', ')}`)
    t.notOk(niceness().includes(SIMULATION_NICENESS))
    await program.evaluate({ a: 1 }, {}, { owner: { key: 'acc_1', simulation: true } })
    t.ok(niceness().includes(SIMULATION_NICENESS), `with that of simulations: ${niceness().join(', ')}`)
  }
)

t.test('a script that hoards memory ends at its limit, in large pieces and in small ones', async (t) => {
  const slowLimit = createExpressions({ ...ample, workers: 1, memoryBytes: 32 * 1024 * 1024 })
  t.teardown(() => slowLimit.close())
  for (const hoard of ['new Array(1e5).fill("x")', '{ n: all.length }', '"x".repeat(1e6) + all.length']) {
    await t.rejects(
      slowLimit.runScript({ code: `const all = []; for (;;) all.push(${hoard})`, arguments: {} }),
      { kind: 'limit', message: 'the script needs more than 33554432 bytes of memory' },
      hoard
    )
  }
  t.equal(
    (await slowLimit.runScript({ code: '1 + 1', arguments: {} })).output,
    2,
    'the next one has an engine of its own'
  )
})
