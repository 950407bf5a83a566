import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createExpressions, ExpressionError, NOBODY } from '../../../src/dsl/expressions/expressions.ts'
import { refuses } from './fixtures/refuses.ts'

const expressions = createExpressions()
t.teardown(() => expressions.close())

/** The same expression on each path: a definition is beyond the fast one. */
const onBothPaths = (source: string): string[] => [source, `def whole: (${source}); whole`]

t.test('neither compiling nor the fast path starts a worker', async (t) => {
  const own = createExpressions()
  t.equal(own.compile('.a + 1', []).evaluate({ a: 1 }, {}), 2)
  t.match(own.stats(), { fast: 1, pool: 0, workers: 0 })
  await own.close()
})

t.test('one output is the result, several are an array of them, none is null; on both paths', async (t) => {
  for (const [source, result] of [
    ['.a', 1],
    ['.a, .a', [1, 1]],
    ['empty', null],
    ['[.a]', [1]],
    ['[]', []]
  ] as const) {
    for (const either of onBothPaths(source))
      t.same(await expressions.compile(either, []).evaluate({ a: 1 }, {}), result, either)
  }
})

t.test('path names the fast path or the pool', async (t) => {
  t.equal(expressions.compile('.items | map(select(.qty > 2) | {sku, total: (.qty * .price)})', []).path, 'fast')
  t.equal(expressions.compile('def f: .; f', []).path, 'pool')
  t.equal(expressions.compile('1 +', []).path, 'pool', 'what is wrong is for jq to say')
})

t.test('variables are read by name; one that is not given is null; one out of scope is a syntax error', async (t) => {
  for (const source of onBothPaths('[$a, $b.x]')) {
    t.same(await expressions.compile(source, ['a', 'b', 'unused']).evaluate(null, { a: 1, unused: 2 }), [1, null])
  }
  await refuses(t, async () => expressions.compile('$c', ['a']).evaluate(null, { c: 1 }), {
    kind: 'syntax',
    message: /^\$c is not defined/
  })
  t.throws(() => expressions.compile('.', ['a b']), TypeError)
})

t.test("errors have jq's words on both paths", async (t) => {
  for (const source of onBothPaths('.a.b')) {
    await refuses(t, async () => expressions.compile(source, []).evaluate({ a: 5 }, {}), {
      kind: 'runtime',
      message: 'Cannot index number with string ("b")'
    })
  }
  for (const source of onBothPaths('error({code: 1})')) {
    await refuses(t, async () => expressions.compile(source, []).evaluate(null, {}), {
      message: '{"code":1} (not a string)'
    })
  }
})

t.test('an error message is cut to 500 characters', async (t) => {
  t.equal(new ExpressionError('runtime', 'x'.repeat(2000)).message.length, 500)
})

t.test('a text that arrives as data is never evaluated', async (t) => {
  const hostile = '") | error("evaluated") | ("'
  for (const source of onBothPaths('"<\\(.)> \\($v)"')) {
    t.equal(await expressions.compile(source, ['v']).evaluate(hostile, { v: hostile }), `<${hostile}> ${hostile}`)
  }
})

t.test("a source that breaks out of its parentheses evaluates to no other source's result", async (t) => {
  await refuses(t, async () => expressions.compile('1) , (2', []).evaluate(null, {}), { kind: 'syntax' })
  await refuses(t, async () => expressions.compileAll(['1', '2]) , ([3'], []).evaluate(null, {}), { kind: 'syntax' })
})

t.test('a comment at the end, even one that a backslash continues, hides nothing that follows', async (t) => {
  for (const source of ['.a # comment', '.a # \\', 'def f: .a; f # c \\'])
    t.equal(await expressions.compile(source, []).evaluate({ a: 1 }, {}), 1)
})

t.test('names of object prototypes are ordinary data on both paths', async (t) => {
  const document = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as unknown
  for (const source of onBothPaths(
    '[.__proto__.x, .constructor, .toString, .hasOwnProperty, has("toString"), ({"__proto__": {"polluted": 1}} ' +
      '| keys), (. + {"__proto__": 3} | .__proto__)]'
  )) {
    t.same(await expressions.compile(source, []).evaluate(document, {}), [1, 2, null, null, false, ['__proto__'], 3])
  }
  const made = expressions.compile('{"__proto__": {"polluted": 1}}', []).evaluate(null, {}) as object
  t.same(Object.keys(made), ['__proto__'])
  t.equal(Object.getPrototypeOf(made), Object.prototype)
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

t.test(
  'numbers are doubles on both paths: infinities become the largest, NaN null, integers beyond 2^53 the nearest',
  async (t) => {
    const input = [Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53 + 2, -0]
    for (const source of onBothPaths('.')) {
      t.equal(
        JSON.stringify(await expressions.compile(source, []).evaluate(input, {})),
        '[1.7976931348623157e+308,null,9007199254740994,0]'
      )
    }
    for (const source of onBothPaths('.[0] * 10'))
      t.equal(await expressions.compile(source, []).evaluate(input, {}), Number.MAX_VALUE)
  }
)

t.test('a number that only jq can print goes to the pool, with the right answer', async (t) => {
  const before = expressions.stats()
  const expression = expressions.compile('"\\(.) and \\(. * 2)"', [])
  t.equal(expression.path, 'fast')
  t.equal(await expression.evaluate(1e16, {}), '10000000000000000 and 2e+16')
  t.equal(expressions.stats().pool, before.pool + 1)
})

t.test('expressions compiled together share one pool job, and keep their order', async (t) => {
  const before = expressions.stats()
  const group = expressions.compileAll(['.a', 'def f: .b; f', '.c[]', '$v'], ['v'])
  t.equal(group.path, 'pool')
  t.same(await group.evaluate({ a: 1, b: 2, c: [3, 4] }, { v: 5 }), [1, 2, [3, 4], 5])
  t.equal(expressions.stats().pool, before.pool + 1)
  const fast = expressions.compileAll(['.a', '.b'], [])
  t.equal(fast.path, 'fast')
  t.same(fast.evaluate({ a: 1, b: 2 }, {}), [1, 2])
})

t.test('the input is never changed', async (t) => {
  const input = { list: [3, 1, 2], nested: { a: 1 } }
  const copy = structuredClone(input)
  for (const source of [
    '.list | sort',
    '.list | reverse',
    '. + {x: 1}',
    '. * {nested: {b: 2}}',
    'with_entries(.)',
    'map_values(.)',
    '.list | unique'
  ]) {
    await expressions.compile(source, []).evaluate(input, {})
    t.same(input, copy, source)
  }
})

t.test("check gives undefined for a good source and jq's own words for a bad one", async (t) => {
  t.equal(await expressions.check('.a | map(.b) | add // 0', []), undefined)
  t.equal(await expressions.check('$v', ['v']), undefined)
  t.match(await expressions.check('.a |', []), {
    message: /^syntax error, unexpected end of file at <top-level>, line 1/
  })
  t.match(await expressions.check('$w', ['v']), { message: /^\$w is not defined/ })
  t.match(await expressions.check('nothing_like_this', []), { message: /^nothing_like_this\/0 is not defined/ })
  t.match(await expressions.check('1) | (2', []), { message: /^syntax error/ })
  t.match(await expressions.check('', []), { message: /not given/ })
})

t.test('check rejects an impure function and names an alternative; evaluating it has no effect', async (t) => {
  for (const source of [
    'now',
    'input',
    '[inputs]',
    'debug',
    'debug("x")',
    'stderr',
    'halt',
    'halt_error',
    'env',
    '$ENV',
    'input_filename',
    'input_line_number',
    'localtime',
    'strflocaltime("%H")',
    '"a\\(now)b"',
    'get_search_list',
    'import "a" as a; .',
    'include "a"; .'
  ]) {
    t.match(await expressions.check(source, []), { message: /is not available in a flow/ }, source)
    if (source === '$ENV') t.same(await expressions.compile(source, []).evaluate(null, {}), {})
    else await refuses(t, async () => expressions.compile(source, []).evaluate(0, {}), {}, source)
  }
  t.equal(
    await expressions.check('{now: 1, input: .env} | .now, .input', []),
    undefined,
    'as keys they are plain names'
  )
})

t.test('an aborted signal ends a running job and a waiting one, and one given aborted starts none', async (t) => {
  const own = createExpressions({ workers: 1 })
  const endless = own.compile('def f: if . then f else . end; f', [])
  t.equal(await endless.evaluate(false, {}), false)
  const running = new AbortController()
  const waiting = new AbortController()
  const first = refuses(t, async () => endless.evaluate(true, {}, { owner: NOBODY, signal: running.signal }), {
    kind: 'aborted'
  })
  const second = refuses(t, async () => endless.evaluate(true, {}, { owner: NOBODY, signal: waiting.signal }), {
    kind: 'aborted'
  })
  await nextTurn()
  waiting.abort()
  await second
  running.abort()
  await first
  await refuses(t, async () => endless.evaluate(true, {}, { owner: NOBODY, signal: AbortSignal.abort() }), {
    kind: 'aborted'
  })
  t.equal(own.stats().aborted, 2)
  const checking = new AbortController()
  const third = refuses(
    t,
    async () => own.compile('def g: 1; g', []).evaluate(null, {}, { owner: NOBODY, signal: checking.signal }),
    { kind: 'aborted' },
    'while its source is checked'
  )
  checking.abort()
  await third
  t.equal(await own.compile('def f: 1; f', []).evaluate(null, {}), 1, 'the pool goes on')
  await own.close()
})

t.test('after close, pool jobs are refused', async (t) => {
  const own = createExpressions()
  await own.close()
  await refuses(t, async () => own.compile('def f: 1; f', []).evaluate(null, {}), { kind: 'aborted' })
})
