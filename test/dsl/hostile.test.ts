import t from 'tap'
import { createEgress } from '../../src/platform/egress/index.ts'
import { compileFlow, type FlowDocument, lintDocument, parseDocument, runFlow } from '../../src/dsl/index.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createPortsFactory } from '../../src/runs/ports.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { testPorts } from './fixtures/ports.ts'
import { workbench, wrap } from './fixtures/run.ts'

const { run, expressions } = workbench(t)

/** How often the event loop came round while `work` ran: others are served only when it does. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let on = true
  const count = (): void => {
    turns++
    if (on) setImmediate(count)
  }
  setImmediate(count)
  await work()
  on = false
  return turns
}

const limit = (name: string): object => ({
  status: 'failed',
  error: { status: 500, title: 'Limit exceeded', detail: new RegExp(`limit "${name}"`) },
  origin: 'engine'
})

t.test('an endless then loop ends at the limit "tasks" and yields to other work', async (t) => {
  const flow = compileFlow(
    parseDocument(wrap("- a: { set: { n: '${ .n + 1 }' }, then: a }"), 'yaml').document as FlowDocument,
    expressions
  )
  let outcome: unknown
  const turns = await turnsDuring(async () => {
    outcome = await runFlow(
      flow,
      { n: 0 },
      {
        runtime: { version: '0', metadata: { runId: 'r' } },
        ports: testPorts(),
        startedAt: 0,
        limits: { tasks: 100_000, runTimeMs: Infinity }
      }
    )
  })
  t.match(outcome, limit('tasks'))
  t.ok(turns > 5, `the event loop came round ${turns} times`)
})

t.test('an exceeded limit cannot be caught', async (t) => {
  const { outcome } = await run(
    `
    - outer:
        try: [ { a: { set: { x: 1 }, then: a } } ]
        catch: { retry: { delay: PT1S }, do: [ { go: { set: { caught: true } } } ], then: outer }
  `,
    {},
    { limits: { tasks: 100 } }
  )
  t.match(outcome, limit('tasks'))
})

t.test('nested loops end at the limit "iterations"', async (t) => {
  const { outcome } = await run(
    `
    - a: { for: { in: '[range(300)]' }, do: [ { b: { for: { in: '[range(300)]' }, do: [ { c: {
          set: '\${ . }' } } ] } } ] }
  `,
    {},
    { limits: { tasks: 1_000_000 } }
  )
  t.match(outcome, limit('iterations'))
})

for (const [what, source] of [
  ['range(1e12)', '[range(1e12)] | length'],
  ['"x" * 1e9', '"x" * .n | length'],
  ['deep recursion', 'def f: [f]; f'],
  ['a catastrophic regular expression', '("a" * 40 + "!") | test("^(a+)+$")'],
  ['an endless generator', '[limit(1e9; repeat(1))] | length']
] as const) {
  t.test(`${what} ends in an expression error, and others are served meanwhile`, async (t) => {
    let outcome: unknown
    const turns = await turnsDuring(async () => {
      ;({ outcome } = await run(`- a: { set: { x: '\${ ${source.replaceAll("'", "''")} }' } }`, { n: 1e9 }))
    })
    t.match(outcome, { status: 'failed', error: { type: /errors\/expression$/, status: 400, instance: '/do/0/a' } })
    t.ok(turns > 3, `the event loop came round ${turns} times`)
    t.match(
      (await run("- a: { set: { x: '${ [1,2] | length }' } }")).outcome,
      { status: 'succeeded' },
      'the room goes on'
    )
  })
}

t.test('long runs alternate: in one iteration of the event loop only one of them computes', async (t) => {
  const flow = compileFlow(
    parseDocument(wrap("- a: { set: { n: '${ .n + 1 }' }, then: a }"), 'yaml').document as FlowDocument,
    expressions
  )
  const crowded: string[][] = []
  let inThisTurn = new Set<string>()
  let turns = 0
  let on = true
  const turn = (): void => {
    // All four begin in the first turn, each with a slice of its own; from then on they wait for each other.
    if (turns++ > 0 && inThisTurn.size > 1) crowded.push([...inThisTurn])
    inThisTurn = new Set()
    if (on) setImmediate(turn)
  }
  const runs = ['a', 'b', 'c', 'd'].map(async (runId) =>
    runFlow(
      flow,
      { n: 0 },
      {
        runtime: { version: '0', metadata: { runId } },
        ports: { ...testPorts(), now: () => (inThisTurn.add(runId), 0) },
        startedAt: 0,
        onStep: () => undefined,
        limits: { tasks: 50_000, recordedSteps: 50_000, runTimeMs: Infinity }
      }
    )
  )
  setImmediate(turn)
  for (const outcome of await Promise.all(runs)) t.match(outcome, limit('tasks'))
  on = false
  t.ok(turns > 10, `the event loop came round ${turns} times`)
  t.same(crowded, [])
})

t.test('the record of an endless run has a bounded size: first it leaves out values, then steps', async (t) => {
  const { outcome, steps } = await run(
    "- a: { set: { n: '${ .n + 1 }', x: '${ \"x\" * 1000 + (.n | tostring) }' }, then: a }",
    { n: 0 },
    { limits: { tasks: 500, recordedSteps: 300, recordedBytes: 100_000 } }
  )
  t.match(outcome, limit('tasks'))
  t.equal(steps.length, 300)
  t.match(steps[10]?.output, { n: 11 })
  t.match(steps[299], {
    status: 'succeeded',
    input: { truncated: true, characters: Number },
    output: { truncated: true, characters: Number }
  })
  t.ok(JSON.stringify(steps).length < 100_000 + 300 * 400)
  const errors = await run(
    "- a: { try: [ { b: { raise: { error: { type: 'urn:x', status: 400, detail: '${ \"x\" * 50000 }' } } } } " +
      '], catch: { do: [ { c: { set: { x: 1 } } } ] }, then: a }',
    {},
    { limits: { tasks: 60, recordedBytes: 100_000 } }
  )
  const details = errors.steps.flatMap(({ error }) => error?.detail?.length ?? [])
  t.equal(details.filter((length) => length === 50_000).length, 1, 'the first is whole')
  t.ok(details.filter((length) => length === 1000).length > 10, 'the others are cut')
})

t.test('a value that doubles in every lap ends at the limit "valueBytes", however small it is in memory', async (t) => {
  const { outcome, steps } = await run("- a: { set: '${ [., .] }', then: a }", ['x'.repeat(1000)], {
    limits: { valueBytes: 1_000_000 }
  })
  t.match(outcome, limit('valueBytes'))
  t.ok(steps.length < 30)
})

t.test('a value that nests in every turn ends at the limit "valueDepth"', async (t) => {
  t.match((await run("- a: { set: { n: '${ . }' }, then: a }", null)).outcome, limit('valueDepth'))
})

t.test('an input that is too large or too deep is refused before anything runs', async (t) => {
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level++) deep = [deep]
  const first = await run('- a: { set: { x: 1 } }', deep)
  t.match(first.outcome, limit('valueDepth'))
  t.same(first.steps, [])
  t.match((await run('- a: { set: { x: 1 } }', 'x'.repeat(33 * 1024 * 1024))).outcome, limit('valueBytes'))
})

t.test(
  'a flow that runs itself ends at the limit "subflowDepth"; one that also multiplies, at the limit "tasks" of ' +
    'the whole run',
  async (t) => {
    const recursive = async (yaml: string, limits: object): Promise<{ outcome: unknown; flows: number }> => {
      const flow = compileFlow(parseDocument(wrap(yaml), 'yaml').document as FlowDocument, expressions)
      const ports = testPorts()
      let flows = 0
      const perform = (input: unknown, more: object): ReturnType<typeof runFlow> => {
        flows++
        return runFlow(flow, input, {
          runtime: { version: '0', metadata: { runId: 'r' } },
          ports,
          startedAt: ports.time,
          limits,
          ...more
        })
      }
      ports.subflows = async (_, input, { depth, budget, signal }) => perform(input, { depth, budget, signal })
      return { outcome: await perform({}, {}), flows }
    }
    const once = await recursive('- a: { run: { workflow: { namespace: test, name: test, version: latest } } }', {})
    t.match(once.outcome, limit('subflowDepth'))
    t.equal(once.flows, 9)
    const tree = await recursive(
      "- a: { for: { in: '[range(10)]' }, do: [ { b: { try: [ { c: { run: { workflow: { namespace: test, name: " +
        'test, version: latest } } } } ], catch: { do: [ { d: { set: { x: 1 } } } ] } } } ] }',
      { tasks: 2000 }
    )
    t.match(tree.outcome, limit('tasks'))
    t.ok(tree.flows < 2000, `${tree.flows} flows`)
  }
)

t.test('a fork bomb ends at the limit "tasks"', async (t) => {
  const branches = (inside: string): string =>
    `{ fork: { branches: [ ${Array.from({ length: 8 }, (_, index) => `{ b${index}: ${inside} }`).join(', ')} ] } }`
  const { outcome } = await run(
    `- a: ${branches(branches("{ for: { in: '[range(100)]' }, do: [ { s: { set: '${ . }' } } ] }"))}`,
    {},
    { limits: { tasks: 1000 } }
  )
  t.match(outcome, limit('tasks'))
})

t.test('a run that waits too long ends at the limit "runTimeMs"', async (t) => {
  const ports = testPorts()
  ports.http = async (_, at) => {
    queueMicrotask(() => ports.ringShortest())
    return new Promise((_resolve, reject) => at.signal.addEventListener('abort', () => reject(new Error('aborted'))))
  }
  const { outcome } = await run(
    "- a: { try: [ { c: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ], catch: { " +
      'do: [ { no: { set: { x: 1 } } } ] } }',
    {},
    { testPorts: ports, limits: { runTimeMs: 1000 } }
  )
  t.match(outcome, {
    status: 'failed',
    error: { status: 408, title: 'Limit exceeded', detail: /limit "runTimeMs"/ },
    origin: 'timeout'
  })
})

t.test(
  'an upstream cannot give more than the limits of a call: a huge body, a gzip bomb, a redirect loop',
  async (t) => {
    const upstream = await startUpstream()
    const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`] })
    t.teardown(() => Promise.all([egress.close(), upstream.close()]))
    const { http } = createPortsFactory({
      egress,
      clock: systemClock,
      readSecrets: async () => ({}),
      emit: async () => undefined
    })('wsp_test')
    for (const [path, detail] of [
      ['/huge?bytes=20000000', /more than 10485760 bytes/],
      ['/compressed?encoding=gzip&bytes=50000000', /more than 10485760 bytes/],
      ['/compressed?encoding=gzip,gzip,gzip&bytes=1000', /more than 2 content codings/],
      ['/redirect-loop', /redirect/]
    ] as const) {
      const { outcome } = await run(
        `- a: { call: http, with: { method: get, endpoint: '${upstream.url}${path}', redirect: true } }`,
        {},
        { testPorts: { ...testPorts(), http } }
      )
      t.match(
        outcome,
        {
          status: 'failed',
          error: { type: /errors\/communication$/, status: 500, detail, instance: '/do/0/a' },
          origin: 'upstream'
        },
        path
      )
    }
  }
)

t.test('a document that is too much is refused with every fault named: 10,000 tasks, aliases, brackets', async (t) => {
  const tasks = (count: number): string => Array.from({ length: count }, (_, n) => `- t${n}: {set: {a: 1}}`).join('\n')
  const refusal = async (text: string): Promise<string[]> => {
    const { document, faults } = parseDocument(text, 'yaml')
    return [...faults, ...(faults.length > 0 ? [] : await lintDocument(document, expressions))].map(
      ({ message }) => message
    )
  }
  t.match(await refusal(wrap(tasks(10_000))), [/larger than 131072 bytes/])
  t.match(await refusal(wrap(tasks(1001))), [/more than 1000 tasks/])
  t.match(
    await refusal(`a: &a [x]\n${Array.from({ length: 40 }, (_, n) => `b${n}: *a`).join('\n')}`),
    Array.from({ length: 40 }, () => /Aliases are refused/)
  )
  t.match(await refusal('['.repeat(60_000)), [/nested more than 100 deep/])
})

t.test(
  'a schema cannot be made to take for ever: by its pattern, by references that double, by uniqueItems',
  async (t) => {
    const check = async (schema: object, value: unknown): Promise<unknown> =>
      (await run(`- a: { set: '\${ .v }', output: { schema: { document: ${JSON.stringify(schema)} } } }`, { v: value }))
        .outcome
    const refuses = { status: 'failed', error: { type: /errors\/validation$/ } }
    t.match(await check({ pattern: '^(a+)+$' }, `${'a'.repeat(5000)}!`), refuses)
    const $defs: Record<string, object> = { l0: { type: 'string' } }
    for (let level = 1; level < 40; level++)
      $defs[`l${level}`] = { anyOf: [{ $ref: `#/$defs/l${level - 1}` }, { $ref: `#/$defs/l${level - 1}` }] }
    t.match(await check({ $defs, $ref: '#/$defs/l39' }, 5), {
      ...refuses,
      // Which of the two limits it meets first depends on the machine.
      error: {
        detail:
          /could not be checked against its schema: the (check against the schema ran longer|expression needs more) than/
      }
    })
    const items = Array.from({ length: 15_000 }, (_, id) => ({ id }))
    t.match(await check({ uniqueItems: true }, items), { status: 'succeeded' })
    t.match(await check({ uniqueItems: true }, [...items, { id: 7 }]), refuses)
  }
)

t.test('__proto__ and constructor as names, keys and data stay what they are', async (t) => {
  const input = JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}}, "list": ["__proto__"]}'
  ) as unknown
  const { outcome } = await run(
    `
    - constructor:
        set: '\${ { "__proto__": .constructor, constructor: .["__proto__"], list } }'
        export: { as: '{ constructor: .constructor }' }
    - hasOwnProperty:
        for: { each: constructor, in: .list }
        do: [ { valueOf: { set: { key: '\${ $constructor }', seen: '\${ $context.constructor.polluted }',
              data: '\${ . }' } } } ]
    - toString:
        try: [ { x: { raise: { error: { type: 'urn:x', status: 400, title: '\${ .key }' } } } } ]
        catch: { as: toString, do: [ { y: { set: { title: '\${ $toString.title }', seen: '\${ .seen }',
              data: '\${ .data }' } } } ] }
  `,
    input
  )
  t.equal(outcome.status, 'succeeded')
  t.equal(
    JSON.stringify(outcome.status === 'succeeded' && outcome.output),
    '{"title":"__proto__","seen":1,"data":{"__proto__":{"prototype":{"polluted":2}},' +
      '"constructor":{"polluted":1},"list":["__proto__"]}}'
  )
  t.notOk('polluted' in {}, 'no prototype was touched')
})
