import t from 'tap'
import { createExpressions } from '../../../../src/dsl/expressions/expressions.ts'
import { refuses } from '../fixtures/refuses.ts'

const expressions = createExpressions()
t.teardown(() => expressions.close())

const order = {
  id: 'A-17',
  customer: { name: 'Zoë', email: 'zoe@example.com', address: { city: 'Łódź', zip: '90-001' } },
  items: [
    { sku: 'x', qty: 3, price: 2.5, tags: ['new'] },
    { sku: 'y', qty: 1, price: 10, tags: [] },
    { sku: 'z', qty: 0, price: 4, tags: ['old', 'new'] }
  ],
  note: null
}
const variables = { context: { limit: 2, rates: { EUR: 1.1 } }, task: { name: 'price' } }

/** What flows are made of. Each must stay on the fast path, and mean what jq says it means. */
const typical = [
  '.',
  '.customer.address.city',
  '.customer["name"]',
  '.items[0].sku',
  '.items[-1]',
  '.items[1:]',
  '.missing.deeper',
  '.missing?',
  '$context.rates.EUR',
  '.items[] | .sku',
  '[.items[].qty]',
  '..|numbers',
  '.items | map(.qty * .price) | add',
  '.items | map(select(.qty > $context.limit))',
  '.items | length',
  '.note // "none"',
  'if .items | length > 2 then "many" elif .note then .note else "few" end',
  '"\\(.customer.name) in \\(.customer.address.city)"',
  '. + {status: "sold"}',
  '{id, city: .customer.address.city, "total": (.items | map(.qty * .price) | add), $task}',
  '.customer | keys',
  '.customer | has("email")',
  '.customer | to_entries | map(.key)',
  '.customer | with_entries(.key |= ascii_upcase)',
  '[.items[] | {key: .sku, value: .qty}] | from_entries',
  '.items | map(.sku) | join(", ")',
  '.id | split("-")',
  '.items[0].qty | tostring',
  '"12.50" | tonumber',
  '.items | sort_by(.price) | .[0].sku',
  '.items | group_by(.qty > 0) | map(length)',
  '[.items[].tags[]] | unique',
  '.items | map(.price) | min, max',
  '.items | min_by(.price).sku',
  '.items | any(.qty == 0)',
  '.items | all(.price > 0)',
  'first(.items[] | select(.qty > 0)).sku',
  '.items | first, last',
  '[range(3)]',
  '.id | test("^A-[0-9]+$")',
  '.customer.email | endswith("@example.com")',
  '.id | ltrimstr("A-") | tonumber',
  'reduce .items[] as $item (0; . + $item.qty)',
  '[foreach .items[] as $item (0; . + $item.qty)]',
  '.items | map(.sku as $s | {($s): .qty}) | add',
  'del(.customer.email, .note)',
  '.customer.address.zip = "0"',
  '.items[].qty += 1',
  '.items |= map(select(.qty > 0))',
  '.customer |= del(.email)',
  '[.items[] | .qty, .price] | flatten | sort | reverse',
  '.items | map(.tags | contains(["new"]))',
  '(.items | map({(.sku): .price}) | add) * {x: 0}',
  '"a" * 3',
  '.id | ascii_downcase',
  '[.items[] | .price | floor]',
  '.customer | tojson | fromjson',
  '"\\(.id):secret" | @base64',
  '@uri "q=\\(.customer.name)"',
  '.items | map(.qty) | index(1)?',
  'try error("no") catch .',
  '[.items[] | try (.sku | tonumber) catch "none"] | length',
  'limit(2; .items[]) | .sku',
  'isempty(.items[])',
  '.items | map_values(.sku)',
  '[paths?] | length // 0',
  'path(.items[0].sku)',
  'walk(if type == "number" then . + 1 else . end)',
  'not',
  '.items == [] or (.note | not) and true',
  '-(.items[0].qty) % 2'
]
const LEFT_TO_JQ = new Set([
  '.items | map(.qty) | index(1)?',
  '[.items[] | try (.sku | tonumber) catch "none"] | length',
  '[paths?] | length // 0'
])

t.test('the usual expressions of flows are answered without the pool, and as jq answers them', async (t) => {
  for (const source of typical) {
    const before = expressions.stats().pool
    const fast = await settle(() => expressions.compile(source, ['context', 'task']).evaluate(order, variables))
    if (!LEFT_TO_JQ.has(source)) t.equal(expressions.stats().pool, before, source)
    const jq = await settle(() =>
      expressions.compile(`def whole: (${source}); whole`, ['context', 'task']).evaluate(order, variables)
    )
    t.same(fast, jq, source)
  }
})

t.test('what jq counts as space is trimmed, and nothing else', (t) => {
  const spaces = '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000'
  for (const [source, answer] of [
    ['trim', 'a'],
    ['ltrim', `a${spaces}`],
    ['rtrim', `${spaces}a`]
  ] as const) {
    t.equal(expressions.compile(source, []).evaluate(`${spaces}a${spaces}`, {}), answer, source)
    t.equal(
      expressions.compile(source, []).evaluate('\ufeff\u180e\u200b\u001fa\ufeff', {}),
      '\ufeff\u180e\u200b\u001fa\ufeff',
      source
    )
  }
  t.end()
})

t.test("values nested deeper than jq's limit are left to jq, even where both sides are the same object", async (t) => {
  const deep = 'reduce range(1200) as $_ ([]; [.])'
  const deepObject = 'reduce range(1200) as $_ ({}; {a: .})'
  const answered = [
    [`(${deep}) as $x | $x == $x`, true],
    [`(${deep}) as $x | $x | contains($x)`, true],
    [`(${deepObject}) as $x | $x * $x | length`, 1],
    [`[${deep} | path(..)] | length`, 1201]
  ] as const
  const before = expressions.stats()
  for (const [source, answer] of answered)
    t.equal(await expressions.compile(source, []).evaluate(null, {}), answer, source)
  // Beyond what jq's own stack holds here.
  for (const source of [`(${deep}) as $x | [$x, $x] | sort | length`, `${deep} | tojson | length`]) {
    await refuses(t, async () => expressions.compile(source, []).evaluate(null, {}), { kind: 'limit' }, source)
  }
  t.match(expressions.stats(), { fast: before.fast, pool: before.pool + 6 })
})

t.test('work beyond the step limit goes to the pool, and the answer is the same', async (t) => {
  const own = createExpressions({ steps: 1_000 })
  for (const [source, answer] of [
    ['[range(5000)] | length', 5000],
    ['[range(2000)] | map(. + 1) | add', 2001000],
    ['"ab" * 40000 | length', 80000],
    ['[.[] | . as $x | $y[] | select(. == $x)] | length', 60]
  ] as const) {
    const expression = own.compile(source, ['y'])
    const list = Array.from({ length: 60 }, (_, n) => n)
    t.equal(expression.path, 'fast')
    t.equal(await expression.evaluate(list, { y: list }), answer, source)
  }
  t.match(own.stats(), { fast: 0, pool: 4 })
  await own.close()
})

t.test('answers are plain values, not promises, on the fast path', async (t) => {
  t.equal(expressions.compile('.a', []).evaluate({ a: 1 }, {}), 1)
})

async function settle(evaluate: () => unknown): Promise<unknown> {
  try {
    return { value: await evaluate() }
  } catch (error) {
    return { error: String(error) }
  }
}
