import t from 'tap'
import { flowError, parseDocument } from '../../src/dsl/index.ts'
import { workbench } from './fixtures/run.ts'
import { testPorts } from './fixtures/ports.ts'
import { createEgress } from '../../src/platform/egress/index.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createPortsFactory } from '../../src/runs/ports.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { createMask } from '../../src/runs/mask.ts'
import { stepJson } from '../../src/runs/step-json.ts'

const { run } = workbench(t)

t.test(
  'order for a task: if → input.schema → input.from → run → output.as → output.schema → export.as → ' +
    'export.schema → then',
  async (t) => {
    const schema = (needs: string): string => `{ document: { type: object, required: [${needs}] } }`
    const flow = (change: (part: string) => string): string => `
    - first:
        if: .n == 1
        input: { schema: ${schema(change('n'))}, from: '. + { from: .n }' }
        set: { seen: '\${ .from }' }
        output: { as: '{ out: .seen }', schema: ${schema(change('out'))} }
        export: { as: '{ exported: .out }', schema: ${schema(change('exported'))} }
        then: third
    - second: { set: { wrong: true } }
    - third: { set: { context: '\${ $context }', data: '\${ . }' } }
  `
    const whole = await run(
      flow((part) => part),
      { n: 1 }
    )
    t.same(
      whole.outcome,
      { status: 'succeeded', output: { context: { exported: 1 }, data: { out: 1 } } },
      'each step works on what the one before it gives'
    )
    t.same(
      (
        await run(
          flow((part) => (part === 'n' ? 'other' : part)),
          { n: 2 }
        )
      ).steps[0]?.status,
      'skipped',
      'if comes before the input schema'
    )
    for (const [part, what] of [
      ['n', 'input of the task'],
      ['out', 'output of the task'],
      ['exported', 'exported context']
    ]) {
      const { outcome } = await run(
        flow((name) => (name === part ? 'missing' : name)),
        { n: 1 }
      )
      t.match(outcome, {
        status: 'failed',
        error: { status: 400, instance: '/do/0/first', detail: new RegExp(what as string) }
      })
    }
  }
)

t.test(
  'skipped task (if false): its raw input passes through; neither output.as nor export.as runs; flow continues ' +
    'in order',
  async (t) => {
    const { outcome, steps } = await run(
      `
    - skipped:
        if: .no
        input: { from: '{ changed: true }' }
        set: { changed: true }
        output: { as: '{ changed: true }' }
        export: { as: '{ changed: true }' }
        then: end
    - after: { set: { data: '\${ . }', context: '\${ $context }' } }
  `,
      { no: null, x: 1 }
    )
    t.same(outcome, { status: 'succeeded', output: { data: { no: null, x: 1 }, context: { no: null, x: 1 } } })
    t.same(
      steps.map((step) => step.status),
      ['skipped', 'succeeded']
    )
  }
)

t.test('export.as: evaluated on the transformed output; replaces $context', async (t) => {
  const { outcome } = await run(
    `
    - a: { set: { raw: 1 }, output: { as: '{ transformed: .raw }' }, export: { as: '{ a: . }' } }
    - b: { set: { raw: 2 }, export: { as: '{ b: .raw, before: $context, output: $output }' } }
    - c: { set: '\${ $context }' }
  `,
    { input: true }
  )
  t.same(outcome, { status: 'succeeded', output: { b: 2, before: { a: { transformed: 1 } }, output: { raw: 2 } } })
})

t.test('$context at the start: the transformed workflow input', async (t) => {
  const { outcome } = await run(
    `
    input: { from: '{ kept: .x }' }
    do:
      - a: { set: { context: '\${ $context }', data: '\${ . }', raw: '\${ $workflow.input }' } }
  `,
    { x: 1, y: 2 }
  )
  t.same(outcome, { status: 'succeeded', output: { context: { kept: 1 }, data: { kept: 1 }, raw: { x: 1, y: 2 } } })
})

t.test(
  "then: a sibling's name, continue, exit (leave this scope), end (end the flow); backward jumps allowed " +
    'within the budget',
  async (t) => {
    const { outcome } = await run(
      `
    - count: { set: { n: '\${ .n + 1 }' }, then: check }
    - never: { set: { n: 1000 } }
    - check: { switch: [ { again: { when: .n < 5, then: count } }, { done: { then: inner } } ] }
    - inner:
        do:
          - leave: { set: { n: '\${ .n * 10 }' }, then: exit }
          - never: { set: { n: 2000 } }
    - onward: { set: { n: '\${ .n + 1 }' }, then: continue }
    - deep: { do: [ { stop: { set: { n: '\${ .n + 1 }' }, then: end } }, { never: { set: { n: 3000 } } } ] }
    - never2: { set: { n: 4000 } }
  `,
      { n: 0 }
    )
    t.same(outcome, { status: 'succeeded', output: { n: 52 } })
    const endless = await run('- a: { set: { n: 1 }, then: a }', {}, { limits: { tasks: 500 } })
    t.match(endless.outcome, {
      status: 'failed',
      error: { title: 'Limit exceeded', status: 500, detail: /limit "tasks"/ },
      origin: 'engine'
    })
    t.equal(endless.steps.filter((step) => step.status === 'succeeded').length, 500)
  }
)

t.test("switch: cases in order; no match and no default → the task's own then, else the next task", async (t) => {
  const flow = (then: string, fallback: string): string => `
    - choose:
        switch:
          - small: { when: .n < 10, then: isSmall }
          - smaller: { when: .n < 5, then: isSmaller }
          ${fallback}
        ${then}
    - next: { set: { went: next }, then: end }
    - isSmall: { set: { went: small }, then: end }
    - isSmaller: { set: { went: smaller }, then: end }
    - other: { set: { went: other }, then: end }
  `
  const went = async (n: number, then = '', fallback = ''): Promise<unknown> =>
    (await run(flow(then, fallback), { n })).outcome
  const output = (name: string): object => ({ status: 'succeeded', output: { went: name } })
  t.same(await went(3), output('small'), 'the first that holds wins')
  t.same(await went(50), output('next'))
  t.same(await went(50, 'then: other'), output('other'))
  t.same(await went(50, 'then: next', '- otherwise: { then: other }'), output('other'))
})

t.test(
  "for: each, at; each iteration's output is the next one's input; while is checked before each; in is an " +
    'expression or an inline array',
  async (t) => {
    const loop = (collection: string, extra = ''): string => `
    - loop:
        for: { each: word, in: ${collection}, at: position }
        ${extra}
        do:
          - add: { set: { words: '\${ .words + [$word] }', at: '\${ $position }' } }
  `
    const input = { words: [], list: ['a', 'b', 'c'] }
    t.same((await run(loop('.list'), input)).outcome, {
      status: 'succeeded',
      output: { words: ['a', 'b', 'c'], at: 2 }
    })
    t.same((await run(loop('[ x, "${ .list[0] }" ]'), input)).outcome, {
      status: 'succeeded',
      output: { words: ['x', 'a'], at: 1 }
    })
    t.same((await run(loop('.list', 'while: "$position < 2 and (.words | length) < 5"'), input)).outcome, {
      status: 'succeeded',
      output: { words: ['a', 'b'], at: 1 }
    })
    t.same(
      (await run(loop('[]'), input)).outcome,
      { status: 'succeeded', output: input },
      'no turn: the input passes through'
    )
    t.match((await run(loop('.words | length'), input)).outcome, {
      status: 'failed',
      error: { detail: /not an array/, instance: '/do/0/loop' }
    })
    t.same(
      (await run('- loop: { for: { in: .list }, do: [ { a: { set: { all: "${ [$item, $index] }" } } } ] }', input))
        .outcome,
      { status: 'succeeded', output: { all: ['c', 2] } }
    )
  }
)

t.test(
  'fork: output: array in declaration order; compete: the first to finish wins and the others are really ' +
    "cancelled; a branch's export is its own and is dropped",
  async (t) => {
    const both = await run(
      `
    - fork:
        fork:
          branches:
            - slow: { wait: PT2S, output: { as: '"slow " + .x' }, export: { as: '"from slow"' } }
            - fast: { do: [ { a: { set: { x: fast } , export: { as: '"from fast"' } } }, { b: {
                  set: '\${ $context }' } } ] }
    - after: { set: { branches: '\${ . }', context: '\${ $context }' } }
  `,
      { x: 'in' }
    )
    t.same(both.outcome, { status: 'succeeded', output: { branches: ['slow in', 'from fast'], context: { x: 'in' } } })

    const ports = testPorts()
    let aborted = false
    let release = (): void => undefined
    const started = new Promise<void>((resolve) => {
      release = resolve
    })
    ports.http = (_, at) =>
      new Promise((_resolve, reject) => {
        at.signal.addEventListener('abort', () => {
          aborted = true
          reject(new Error('aborted'))
        })
        release()
      })
    ports.sleep = async () => started
    const race = await run(
      `
    - race:
        fork:
          compete: true
          branches:
            - hangs: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } }
            - wins: { wait: PT1S, output: { as: '"won"' } }
  `,
      {},
      { testPorts: ports }
    )
    t.same(race.outcome, { status: 'succeeded', output: 'won' })
    t.ok(aborted, 'the call of the branch that lost was aborted')
    t.same(race.steps.map((step) => [step.pointer.split('/').at(-1), step.status]).sort(), [
      ['hangs', 'cancelled'],
      ['race', 'succeeded'],
      ['wins', 'succeeded']
    ])

    const failing = await run(`
    - fork: { fork: { branches: [ { bad: { raise: { error: { type: 'urn:bad', status: 418 } } } }, { good: {
          wait: PT1S } } ] } }
  `)
    t.match(failing.outcome, {
      status: 'failed',
      error: { type: 'urn:bad', instance: '/do/0/fork/fork/branches/0/bad' }
    })
  }
)

t.test(
  'try: errors match by type, status, instance, title, detail given in with, then when/exceptWhen. retry ' +
    'first; when spent, catch.do and catch.then; without any of the three the flow goes on',
  async (t) => {
    const attempt = (caught: string): string => `
    - attempt:
        try:
          - fail: { raise: { error: { type: 'urn:x', status: 418, title: T, detail: D } } }
        catch: ${caught}
    - after: { set: { went: after, data: '\${ . }' }, then: end }
    - elsewhere: { set: { went: elsewhere } }
  `
    const caught = async (filter: string): Promise<boolean> =>
      (await run(attempt(`{ ${filter === '' ? '' : `${filter},`} then: elsewhere }`), {})).outcome.status ===
      'succeeded'
    for (const member of [
      'type: urn:x',
      'status: 418',
      'title: T',
      'detail: D',
      'instance: /do/0/attempt/try/0/fail'
    ]) {
      t.ok(await caught(`errors: { with: { ${member} } }`), `matches by ${member}`)
      t.notOk(
        await caught(
          `errors: { with: { ${member.replace(/: .*/, member.startsWith('status') ? ': 419' : ': other')} } }`
        ),
        `does not match by another ${member}`
      )
    }
    t.ok(await caught('when: $error.status == 418'))
    t.ok(await caught('when: .status == 418'), 'the error is the input of the condition')
    t.notOk(await caught('when: $error.status == 419'))
    t.notOk(await caught('exceptWhen: $error.title == "T"'))
    t.same((await run(attempt('{ as: err, do: [ { handle: { set: { error: "${ $err.detail }" } } } ] }'))).outcome, {
      status: 'succeeded',
      output: { went: 'after', data: { error: 'D' } }
    })
    t.same((await run(attempt('{ do: [ { handle: { set: { a: 1 } } } ], then: elsewhere }'))).outcome, {
      status: 'succeeded',
      output: { went: 'elsewhere' }
    })
    t.match(
      (await run(attempt('{ errors: { with: { status: 418 } } }'), { n: 1 })).outcome,
      { status: 'succeeded', output: { went: 'after', data: { n: 1 } } },
      'goes on with the input of the try'
    )
    const retried = await run(
      attempt('{ retry: { delay: PT1S, limit: { attempt: { count: 3 } } }, do: [ { handle: { set: { a: 1 } } } ] }')
    )
    t.same(
      retried.steps.filter((step) => step.pointer.endsWith('/fail')).map((step) => step.attempt),
      [1, 2, 3, 4],
      'retried first'
    )
    t.same(retried.outcome, { status: 'succeeded', output: { went: 'after', data: { a: 1 } } }, 'then handled')
  }
)

t.test(
  'retry: delay, backoff constant, linear (delay × n), exponential (delay × 2^(n−1)), jitter, ' +
    'limit.attempt.{count,duration}, limit.duration; a delay never passes 1 hour',
  async (t) => {
    const delays = async (policy: string): Promise<number[]> =>
      (
        await run(`
    - attempt: { try: [ { fail: { raise: { error: { type: 'urn:x', status: 500 } } } } ], catch: { retry: ${policy} } }
  `)
      ).ports.slept
    const count = (n: number): string => `limit: { attempt: { count: ${n} } }`
    t.same(await delays(`{ delay: PT2S, backoff: { constant: {} }, ${count(3)} }`), [2000, 2000, 2000])
    t.same(await delays(`{ delay: PT2S, ${count(2)} }`), [2000, 2000])
    t.same(await delays(`{ delay: { seconds: 2 }, backoff: { linear: {} }, ${count(4)} }`), [2000, 4000, 6000, 8000])
    t.same(await delays(`{ delay: PT2S, backoff: { exponential: {} }, ${count(4)} }`), [2000, 4000, 8000, 16000])
    t.same(
      await delays(`{ delay: PT2S, jitter: { from: PT1S, to: PT3S }, ${count(2)} }`),
      [4000, 4000],
      'half way between from and to, as the random number says'
    )
    t.same(
      await delays(`{ delay: PT40M, backoff: { exponential: {} }, ${count(3)} }`),
      [2_400_000, 3_600_000, 3_600_000]
    )
    t.same(await delays('{ delay: PT10S, limit: { duration: PT35S } }'), [10_000, 10_000, 10_000])
    t.same(await delays('{ delay: PT1S, when: ".status == 500", exceptWhen: "$error.status == 500" }'), [])
    t.equal((await delays('{ delay: PT1S }')).length, 100, 'a policy without a limit has the limit "retries"')

    const ports = testPorts()
    let calls = 0
    ports.http = (_, at) =>
      new Promise((_resolve, reject) => {
        calls++
        at.signal.addEventListener('abort', () => reject(new Error('aborted')))
        ports.ringShortest()
      })
    const { outcome } = await run(
      `
    use: { retries: { twice: { limit: { attempt: { count: 1, duration: PT5S } } } } }
    do:
      - attempt:
          try: [ { hangs: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ]
          catch: { retry: twice }
  `,
      {},
      { testPorts: ports }
    )
    t.match(
      outcome,
      { status: 'failed', error: { type: /timeout$/, status: 408 }, origin: 'timeout' },
      'each attempt may take limit.attempt.duration'
    )
    t.equal(calls, 2)
  }
)

t.test(
  'error types: https://open-workflow-specification.org/spec/1.0.0/errors/<kind> with configuration 400, ' +
    'validation 400, expression 400, authentication 401, authorization 403, timeout 408, communication (the ' +
    "upstream's status, 500 where there is none), runtime 500. In catch, the old host serverlessworkflow.io and " +
    'the /dsl/errors/types/ path match as the same type',
  async (t) => {
    const base = 'https://open-workflow-specification.org/spec/1.0.0/errors/'
    const statuses = {
      configuration: 400,
      validation: 400,
      expression: 400,
      authentication: 401,
      authorization: 403,
      timeout: 408,
      communication: 500,
      runtime: 500
    } as const
    for (const [kind, status] of Object.entries(statuses)) {
      const { problem } = flowError(kind as keyof typeof statuses, 'x')
      t.match(problem, { type: base + kind, status })
    }
    const ports = testPorts()
    ports.http = async (call) => ({ status: 503, headers: {}, body: new Uint8Array(), url: call.url })
    const caughtAs = async (type: string): Promise<string> =>
      (
        await run(
          `
    - attempt:
        try: [ { call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ]
        catch: { errors: { with: { type: '${type}' } }, do: [ { ok: { set: { caught: true } } } ] }
  `,
          {},
          { testPorts: ports }
        )
      ).outcome.status
    for (const same of [
      'https://open-workflow-specification.org/spec/1.0.0/errors/communication',
      'https://open-workflow-specification.org/dsl/errors/types/communication',
      'https://serverlessworkflow.io/spec/1.0.0/errors/communication',
      'https://serverlessworkflow.io/dsl/errors/types/communication'
    ])
      t.equal(await caughtAs(same), 'succeeded', same)
    for (const other of [
      'https://serverlessworkflow.io/dsl/errors/types/timeout',
      'https://example.com/spec/1.0.0/errors/communication',
      'communication'
    ])
      t.equal(await caughtAs(other), 'failed', other)
  }
)

t.test('instance: JSON Pointer of the task: /do/0/raiseError', async (t) => {
  const at = async (yaml: string): Promise<unknown> => {
    const { outcome } = await run(yaml, { list: [1] })
    return outcome.status === 'failed' ? outcome.error.instance : outcome
  }
  const raise = "{ raise: { error: { type: 'urn:x', status: 400 } } }"
  t.equal(await at(`- raiseError: ${raise}`), '/do/0/raiseError')
  t.equal(await at(`- 'a/b~c': ${raise}`), '/do/0/a~1b~0c')
  t.equal(
    await at(`- ok: { set: { list: [1] } }\n- loop: { for: { in: .list }, do: [ { x: ${raise} } ] }`),
    '/do/1/loop/do/0/x'
  )
  t.equal(await at(`- t: { try: [ { a: ${raise} } ], catch: { do: [ { b: ${raise} } ] } }`), '/do/0/t/catch/do/0/b')
  t.equal(await at("- x: { raise: { error: { type: 'urn:x', status: 400, instance: /elsewhere } } }"), '/elsewhere')
})

t.test(
  '$secrets: only those named in use.secrets, only in input.from of a call and in authentications; masked ' +
    'wherever a run is shown',
  async (t) => {
    const ports = testPorts()
    ports.vault['api'] = { key: 'k-123', nested: ['k-456', 'k & 7'] }
    ports.vault['other'] = 'not declared'
    ports.http = async (call) => {
      ports.called.push(call)
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: new TextEncoder().encode('{}'),
        url: call.url
      }
    }
    const { outcome, secrets, steps } = await run(
      `
    use: { secrets: [api] }
    do:
      - call:
          input: { from: '{ key: $secrets.api.key }' }
          call: http
          with: { method: get, endpoint: { uri: 'http://127.0.0.1:1/', authentication: { bearer: {
                token: '\${ $secrets.api.nested[0] }' } } }, headers: { x-key: '\${ .key }',
                x-auth: '\${ $authorization.scheme + " " + $authorization.parameter }' } }
  `,
      {},
      { testPorts: ports }
    )
    t.same(outcome, { status: 'succeeded', output: {} })
    t.match(ports.called[0], {
      headers: { 'x-key': 'k-123', 'x-auth': 'Bearer k-456' },
      authentication: { scheme: 'bearer', token: 'k-456' }
    })
    t.ok(secrets.includes('k-123') && secrets.includes('k-456'))
    t.ok(secrets.includes('k%20%26%207') && secrets.includes('k+%26+7'), 'also as it would stand in a URL or a form')
    t.notMatch(JSON.stringify(steps), /k-456/, 'an authentication is in no step')
    const mask = createMask(new Set(secrets))
    t.match(
      steps.map((step) => stepJson(step, mask)).join(),
      /"input":\{"key":"\[secret\]"\}/,
      'masked where the run is shown'
    )
    const missing = await run(
      'use: { secrets: [gone] }\ndo:\n  - c: { input: { from: $secrets.gone }, call: http, with: { method: ' +
        'get, endpoint: "http://127.0.0.1:1/" } }'
    )
    t.match(missing.outcome, { status: 'failed', error: { type: /authorization$/, status: 403 } })
  }
)

t.test('$runtime: { name: "sluice", version, metadata: { runId, requestId, caller } }', async (t) => {
  const { outcome } = await run(
    `
    - who: { set: { runtime: '\${ $runtime }', id: '\${ $workflow.id }',
          name: '\${ $workflow.definition.document.name }', at: '\${ $workflow.startedAt.iso8601 }',
          task: '\${ $task | { name, reference, input: .input, ms: .startedAt.epoch.milliseconds } }' } }
  `,
    { x: 1 },
    { runtime: { version: '1.2.3', metadata: { runId: 'run_9', requestId: 'req_1', caller: { kind: 'token' } } } }
  )
  t.same(outcome, {
    status: 'succeeded',
    output: {
      runtime: {
        name: 'sluice',
        version: '1.2.3',
        metadata: { runId: 'run_9', requestId: 'req_1', caller: { kind: 'token' } }
      },
      id: 'run_9',
      name: 'test',
      at: '2026-01-02T03:04:05Z',
      task: { name: 'who', reference: '/do/0/who', input: { x: 1 }, ms: Date.UTC(2026, 0, 2, 3, 4, 5) }
    }
  })
})

t.test(
  'call: http: output content (default: parsed by Content-Type), response ({request, statusCode, headers, ' +
    'content}), raw (base64). 3xx is an error unless redirect: true; each hop is checked again. Non-2xx is a ' +
    'communication error with that status',
  async (t) => {
    const [upstream, forbidden] = [await startUpstream(), await startUpstream()]
    const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`] })
    t.teardown(() => Promise.all([egress.close(), upstream.close(), forbidden.close()]))
    const { http } = createPortsFactory({
      egress,
      clock: systemClock,
      readSecrets: async () => ({}),
      emit: async () => undefined
    })('wsp_test')
    const call = async (path: string, more = ''): Promise<unknown> => {
      const { outcome } = await run(
        `- c: { call: http, with: { method: get, endpoint: '${upstream.url}${path}' ${more} } }`,
        {},
        { testPorts: { ...testPorts(), http } }
      )
      return outcome.status === 'succeeded' ? outcome.output : outcome.status === 'failed' ? outcome.error : outcome
    }
    t.match(await call('/echo?a=1'), { method: 'GET', path: '/echo' })
    t.match(await call('/echo?a=1', ', output: response'), {
      request: { method: 'GET', uri: `${upstream.url}/echo?a=1` },
      statusCode: 200,
      headers: { 'content-type': /json/ },
      content: { path: '/echo' }
    })
    t.match(JSON.parse(Buffer.from(String(await call('/echo', ', output: raw')), 'base64').toString()), {
      path: '/echo'
    })
    t.match(await call('/redirect?to=/echo'), { type: /communication$/, status: 302 })
    t.match(await call('/redirect?to=/echo', ', redirect: true'), { path: '/echo' })
    t.match(
      await call(`/redirect?to=${forbidden.url}/echo`, ', redirect: true'),
      { type: /communication$/, status: 500 },
      'a hop that is not allowed'
    )
    t.same(forbidden.requests, [])
    for (const status of [400, 404, 503]) t.match(await call(`/status/${status}`), { type: /communication$/, status })
  }
)

t.test(
  'expressions: jq 1.8. More than one output: an array; none: null. Expression-only fields need no ${}. ' +
    'Arguments $context $input $output $task $workflow $runtime $secrets $authorization. Text that arrives as ' +
    'data is never evaluated',
  async (t) => {
    const { outcome } = await run(
      `
    - a: { set: { many: '\${ .list[] }', none: '\${ empty }', one: '\${ .list[0] }', text: '\${ .text }' } }
    - b: { if: '\${ .one == 1 }', set: '\${ . }', output: { as: . } }
    - c: { if: .one == 1, set: { all: '\${ . }' }, output: { as: { x: '\${ .all.text }', y: '\${ .all.many }',
          z: '\${ .all.none }' } } }
  `,
      { list: [1, 2], text: '${ .list }' }
    )
    t.same(outcome, { status: 'succeeded', output: { x: '${ .list }', y: [1, 2], z: null } })
  }
)

t.test('a catch without do, then and retry goes on with the input of the try', async (t) => {
  const failing = 'try: [ { x: { raise: { error: { type: "urn:x", status: 404 } } } } ]'
  for (const clause of ['{}', '{ errors: { with: { status: 404 } } }', '{ as: e, when: $e.status == 404 }']) {
    const { outcome } = await run(`- a: { ${failing}, catch: ${clause} }\n- b: { set: { seen: '\${ . }' } }`, { n: 1 })
    t.same(outcome, { status: 'succeeded', output: { seen: { n: 1 } } }, clause)
  }
  const output = await run(`- a: { ${failing}, catch: {}, output: { as: '{ then: .n }' } }`, { n: 1 })
  t.same(output.outcome, { status: 'succeeded', output: { then: 1 } })
  const other = await run(`- a: { ${failing}, catch: { errors: { with: { status: 500 } } } }`, { n: 1 })
  t.match(other.outcome, { status: 'failed', error: { status: 404 } }, 'an error that does not match is not caught')
  const spent = await run(`- a: { ${failing}, catch: { retry: { limit: { attempt: { count: 2 } } } } }`, { n: 1 })
  t.match(spent.outcome, { status: 'failed', error: { status: 404 } }, 'a spent retry fails')
  t.equal(spent.steps.filter(({ pointer }) => pointer.endsWith('/x')).length, 3, 'count is of retries')
})

t.test('for.in: the outputs of a stream are the items, however many there are', async (t) => {
  const items = async (source: string, input: unknown): Promise<unknown> => {
    const { outcome } = await run(
      `
      - all:
          for: { in: '${source}' }
          do: [ { add: { set: { xs: '\${ .xs }', seen: '\${ (.seen // []) + [$item] }' } } } ]
    `,
      input
    )
    return outcome.status === 'succeeded' ? (outcome.output as { seen?: unknown }).seen : outcome
  }
  t.same(await items('.xs[]', { xs: [1, 2] }), [1, 2])
  t.same(await items('.xs[]', { xs: [1] }), [1])
  t.same(await items('.xs[]', { xs: [[1, 2]] }), [[1, 2]], 'an item may be an array')
  t.equal(await items('.xs[]', { xs: [] }), undefined)
  t.same(await items('.xs[] | select(. > 1)', { xs: [1, 2] }), [2])
  t.same(await items('.xs[].id', { xs: [{ id: 7 }] }), [7])
  t.same(await items('.xs', { xs: [[1, 2]] }), [[1, 2]])
  t.same(await items('${ .xs | map(. + 1) }', { xs: [1] }), [2])
  t.same(await items('range(3)', { xs: [] }), [0, 1, 2])
  t.match(await items('.xs', { xs: 1 }), { status: 'failed' })
})

t.test('export.schema without export.as checks the context as it is', async (t) => {
  const tasks = (type: string): string =>
    `- a: { set: { x: 1 }, export: { schema: { document: { required: [n], properties: { n: { type: ${type} } } } } } }`
  t.match((await run(tasks('number'), { n: 1 })).outcome, { status: 'succeeded' })
  t.match((await run(tasks('string'), { n: 1 })).outcome, { status: 'failed', error: { status: 400 } })
})

t.test("raise: a type with {name} places is filled in from the task's input", async (t) => {
  const raised = async (error: string): Promise<unknown> => {
    const { outcome } = await run(`- a: { raise: { error: ${error} } }`, { kind: 'sold out', n: 7 })
    return outcome.status === 'failed' && outcome.error.type
  }
  t.equal(await raised("{ type: 'https://e.example/{kind}/{n}', status: 400 }"), 'https://e.example/sold%20out/7')
  t.equal(await raised(`{ type: '\${ "urn:{kind}" }', status: 400 }`), 'urn:{kind}', 'an expression gives the whole')
})

t.test("the times of a flow are ones that jq's fromdate reads, with a fraction of a second or without", async (t) => {
  for (const [expression, expected] of [
    ['$workflow.startedAt.iso8601 | fromdate', Date.UTC(2026, 0, 2, 3, 4, 5) / 1000],
    ['"2026-11-28T02:54:00.000Z" | fromdate', Date.UTC(2026, 10, 28, 2, 54) / 1000],
    ['"2026-11-28T02:54:00.5Z" | fromdateiso8601', Date.UTC(2026, 10, 28, 2, 54) / 1000 + 0.5],
    ['$workflow.startedAt.epoch.seconds | todate', '2026-01-02T03:04:05Z'],
    ['try ("x" | fromdate) catch "no"', 'no']
  ] as const)
    t.same(
      (await run(`- a: { set: '\${ ${expression} }' }`)).outcome,
      { status: 'succeeded', output: expected },
      expression
    )
})

t.test('input schemas take a number beyond doubles for the number that it is', async (t) => {
  const schema = '{ properties: { id: { type: integer, minimum: 1 } }, required: [id] }'
  const big = parseDocument('{"id":7615917337495251231}', 'json').document
  const { outcome } = await run(`- a: { input: { schema: { document: ${schema} } }, set: { id: '\${ .id }' } }`, big)
  t.equal(JSON.stringify(outcome), '{"status":"succeeded","output":{"id":7615917337495251231}}')
})
