import t from 'tap'
import { testPorts } from '../fixtures/ports.ts'
import { workbench } from '../fixtures/run.ts'

const { run } = workbench(t)

t.test('wait: the data passes through; the duration may be ISO 8601, an object or an expression', async (t) => {
  const { outcome, ports } = await run(
    "- a: { wait: PT30S }\n- b: { wait: { minutes: 1, seconds: 2 } }\n- c: { wait: '${ .for }' }",
    { for: 'PT0.5S' }
  )
  t.same(outcome, { status: 'succeeded', output: { for: 'PT0.5S' } })
  t.same(ports.slept, [30_000, 62_000, 500])
  t.match((await run("- c: { wait: '${ .for }' }", { for: 'soon' })).outcome, {
    status: 'failed',
    error: { type: /expression$/, detail: /duration/ }
  })
})

t.test('emit: a CloudEvent with what the flow left out; the output is the event', async (t) => {
  const { outcome, ports } = await run(
    `
    - a: { emit: { event: { with: { type: com.example.made, subject: '\${ .id }', data: { of: '\${ .id }' } } } } }
  `,
    { id: 'o1' }
  )
  t.match(ports.emitted, [
    {
      specversion: '1.0',
      type: 'com.example.made',
      source: '/flows/test/test',
      subject: 'o1',
      time: '2026-01-02T03:04:05.000Z',
      datacontenttype: 'application/json',
      data: { of: 'o1' },
      id: /^[\w-]{43}$/
    }
  ])
  t.same(outcome, { status: 'succeeded', output: ports.emitted[0] })
  const given = await run(
    "- a: { emit: { event: { with: { type: t, id: '7', source: 'https://x', time: '2020-01-01T00:00:00Z', " +
      'datacontenttype: text/plain, data: hi, sequence: 3 } } } }'
  )
  t.same(given.ports.emitted, [
    {
      specversion: '1.0',
      type: 't',
      id: '7',
      source: 'https://x',
      time: '2020-01-01T00:00:00Z',
      datacontenttype: 'text/plain',
      data: 'hi',
      sequence: 3
    }
  ])
  t.match((await run("- a: { emit: { event: { with: { type: '${ .x }' } } } }", { x: null })).outcome, {
    status: 'failed',
    error: { detail: /no type/ }
  })
})

t.test(
  'run: workflow gives the other flow its input and takes its output; its error comes from the task that runs it',
  async (t) => {
    const ports = testPorts()
    const seen: unknown[] = []
    ports.subflows = async (flow, input, at) => {
      seen.push([flow, input, at.depth])
      return { status: 'succeeded', output: { got: input } }
    }
    const { outcome } = await run(
      `
    - a: { run: { workflow: { namespace: ns, name: other, version: 1.2.0, input: { x: '\${ .x }' } } } }
    - b: { run: { workflow: { namespace: ns, name: other } } }
    - c: { run: { workflow: { namespace: ns, name: other }, return: none } }
  `.replaceAll('name: other }', 'name: other, version: latest }'),
      { x: 1 },
      { testPorts: ports }
    )
    t.same(outcome, { status: 'succeeded', output: { got: { got: { x: 1 } } } })
    t.same(seen.slice(0, 2), [
      [{ namespace: 'ns', name: 'other', version: '1.2.0' }, { x: 1 }, 1],
      [{ namespace: 'ns', name: 'other', version: 'latest' }, { got: { x: 1 } }, 1]
    ])
    ports.subflows = async () => ({
      status: 'failed',
      error: { type: 'urn:inner', status: 409, title: 'T', instance: '/do/5/inner' },
      origin: 'raise'
    })
    t.same(
      (
        await run(
          '- a: { run: { workflow: { namespace: ns, name: other, version: latest } } }',
          {},
          { testPorts: ports }
        )
      ).outcome,
      {
        status: 'failed',
        error: { type: 'urn:inner', status: 409, title: 'T', instance: '/do/0/a' },
        origin: 'raise'
      }
    )
  }
)

t.test(
  'run: script gives the value of the script, its console goes into the step; return asks for something else',
  async (t) => {
    const script = (more: string, returns = ''): string =>
      `- a: { run: { script: { language: js, ${more} }${returns === '' ? '' : `, return: ${returns}`} } }`
    const whole = await run(
      script(
        'code: \'console.log("seen", x); console.error("bad"); return { sum: x + y[0], env: process.env.E ' +
          "}', arguments: { x: '${ .n }', y: [2] }, environment: { E: '${ .n }' }"
      ),
      { n: 1 }
    )
    t.same(whole.outcome, { status: 'succeeded', output: { sum: 3, env: '1' } })
    t.match(whole.steps[0], { console: { stdout: ['seen 1'], stderr: ['bad'] } })
    const code = 'code: \'console.log("out"); console.error("err"); null\''
    t.same(
      (await run(script(code))).outcome,
      { status: 'succeeded', output: 'out' },
      'what it printed, where it gives nothing'
    )
    t.same((await run(script(code, 'stderr'))).outcome, { status: 'succeeded', output: 'err' })
    t.same((await run(script(code, 'all'))).outcome, {
      status: 'succeeded',
      output: { code: 0, stdout: 'out', stderr: 'err' }
    })
    t.same((await run(script(code, 'code'))).outcome, { status: 'succeeded', output: 0 })
    t.same((await run(script(code, 'none'), { kept: 1 })).outcome, { status: 'succeeded', output: { kept: 1 } })
    t.match((await run(script('code: \'throw new Error("oh no")\''))).outcome, {
      status: 'failed',
      error: { type: /runtime$/, title: 'Script error', detail: /oh no/, instance: '/do/0/a' }
    })
    t.match((await run(script("code: 'for (;;) {}'"))).outcome, { status: 'failed', error: { title: 'Script error' } })
    t.same((await run(script("code: 'typeof fetch + typeof require + typeof globalThis.Deno'"))).outcome, {
      status: 'succeeded',
      output: 'undefinedundefinedundefined'
    })
  }
)

t.test(
  'call of a function: its arguments are its input; it sees no variables of the caller; its errors come from ' +
    'where it is written',
  async (t) => {
    const flow = (body: string): string => `
    use: { functions: { f: ${body}, outer: { do: [ { x: { call: f, with: { n: '\${ .n + 1 }' } } } ] } } }
    do:
      - loop: { for: { in: '[1, 2]' }, do: [ { c: { call: outer, with: { n: '\${ $item }' }, output: {
            as: '{ last: ., n: $input.n }' } } } ] }
  `
    t.same((await run(flow("{ set: { doubled: '${ .n * 2 }' } }"), { n: 0 })).outcome, {
      status: 'succeeded',
      output: { last: { doubled: 6 }, n: 0 }
    })
    t.match((await run(flow("{ raise: { error: { type: 'urn:f', status: 400 } } }"))).outcome, {
      status: 'failed',
      error: { type: 'urn:f', instance: '/use/functions/f' }
    })
  }
)

t.test(
  'timeout of a task and of the flow: an error that a try around it can catch, and one inside cannot',
  async (t) => {
    const ports = testPorts()
    ports.http = async (_, at) => {
      queueMicrotask(() => ports.ringShortest())
      return new Promise((_resolve, reject) => at.signal.addEventListener('abort', () => reject(new Error('aborted'))))
    }
    const hang = "{ call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } }"
    const caught = 'catch: { errors: { with: { status: 408 } }, do: [ { c: { set: { caught: WHERE } } } ] }'
    const around = await run(
      `- t: { try: [ { a: { timeout: { after: PT5S },
          do: [ { i: { try: [ { h: ${hang} } ], ${caught.replace('WHERE', 'inside')} } } ] } } ],
          ${caught.replace('WHERE', 'around')} }`,
      {},
      { testPorts: ports }
    )
    t.same(around.outcome, { status: 'succeeded', output: { caught: 'around' } })
    t.same(
      around.steps.filter((step) => step.status === 'cancelled').map((step) => step.pointer.split('/').at(-1)),
      ['h', 'i']
    )
    const named = await run(
      `use: { timeouts: { short: { after: { seconds: 5 } } } }\ntimeout: short\ndo: [ { h: ${hang} } ]`,
      {},
      { testPorts: ports }
    )
    t.match(named.outcome, {
      status: 'failed',
      error: { type: /timeout$/, status: 408, detail: /5000 ms/ },
      origin: 'timeout'
    })
    t.match((await run('- a: { set: { x: 1 }, timeout: { after: PT5S } }')).outcome, { status: 'succeeded' })
  }
)

t.test('a cancelled run ends at once, even if a port ignores its signal, and is not caught', async (t) => {
  const ports = testPorts()
  const stop = new AbortController()
  ports.http = () => {
    stop.abort()
    return new Promise(() => undefined)
  }
  const { outcome, steps } = await run(
    `
    - t: { try: [ { a: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ], catch: { do: [ {
          no: { set: { x: 1 } } } ] } }
  `,
    {},
    { testPorts: ports, signal: stop.signal }
  )
  t.same(outcome, { status: 'cancelled' })
  t.same(
    steps.map((step) => [step.pointer, step.status]),
    [
      ['/do/0/t/try/0/a', 'cancelled'],
      ['/do/0/t', 'cancelled']
    ]
  )
  const before = await run('- a: { set: { x: 1 } }', {}, { signal: AbortSignal.abort() })
  t.same(before.outcome, { status: 'cancelled' })
  t.same(before.steps, [])
})

t.test("input that the flow's schema rejects is the caller's fault, with every place listed", async (t) => {
  const flow =
    'input: { schema: { document: { type: object, required: [a], properties: { b: { type: integer } }, ' +
    'additionalProperties: false } } }\ndo: [ { x: { set: { y: 1 } } } ]'
  t.match((await run(flow, { b: 'x', c: 1 })).outcome, {
    status: 'failed',
    origin: 'input',
    error: { type: /validation$/, status: 400 },
    errors: [
      { pointer: '', message: /required property 'a'/ },
      { pointer: '', message: /additional properties \(c\)/ },
      { pointer: '/b', message: 'must be integer' }
    ]
  })
})

t.test('a simulation replaces tasks by mocks', async (t) => {
  const mocks: Record<string, { output: unknown } | { error: { status: number; title?: string } }> = {
    '/do/0/a': { output: { from: 'mock' } },
    '/do/1/b/try/0/c': { error: { status: 404, title: 'gone' } }
  }
  const { outcome, ports } = await run(
    `
    - a: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' }, output: { as: .from } }
    - b: { try: [ { c: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ], catch: { errors: {
          with: { status: 404 } }, do: [ { d: { set: { seen: '\${ . }', error: '\${ $error }' } } } ] } }
  `,
    {},
    { mock: (at) => mocks[at.pointer] }
  )
  t.same(outcome, {
    status: 'succeeded',
    output: {
      seen: 'mock',
      error: {
        type: 'https://open-workflow-specification.org/spec/1.0.0/errors/communication',
        status: 404,
        title: 'gone',
        instance: '/do/1/b/try/0/c'
      }
    }
  })
  t.equal(ports.called.length, 0)
})

t.test('steps: one for each task that ends, with pointer, attempt, times, input, output and error', async (t) => {
  const { steps } = await run(
    `
    - w: { wait: PT1S }
    - t: { try: [ { r: { raise: { error: { type: 'urn:x', status: 400 } } } } ], catch: { retry: { limit: { attempt: {
          count: 1 } } }, do: [ { s: { set: { ok: true } } } ] } }
  `,
    { x: 1 }
  )
  t.match(
    steps.map(({ pointer, attempt, status }) => [pointer, attempt, status]),
    [
      ['/do/0/w', 1, 'succeeded'],
      ['/do/1/t/try/0/r', 1, 'failed'],
      ['/do/1/t/try/0/r', 2, 'failed'],
      ['/do/1/t/catch/do/0/s', 1, 'succeeded'],
      ['/do/1/t', 1, 'succeeded']
    ]
  )
  t.match(steps[0], { startedAt: Date.UTC(2026, 0, 2, 3, 4, 5), durationMs: 1000, input: { x: 1 }, output: { x: 1 } })
  t.match(steps[1], { input: { x: 1 }, error: { type: 'urn:x', status: 400, instance: '/do/1/t/try/0/r' } })
  t.equal(new Set(steps.map((step) => step.key)).size, steps.length, 'each has a key of its own')
})
