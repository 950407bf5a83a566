import t from 'tap'
import { flowError, type FlowOutcome, type Journal, Suspended } from '../../src/dsl/index.ts'
import { testPorts } from './fixtures/ports.ts'
import { workbench } from './fixtures/run.ts'

const { run } = workbench(t)

/**
 * A journal that stores its entries as JSON, like a database. `dieAfter` ends the run between an effect and its record,
 * once that many are recorded.
 */
function memoryJournal(
  kept: Map<string, string> = new Map()
): Journal & { kept: Map<string, string>; performed: string[]; dieAfter: number } {
  const journal = {
    kept,
    performed: [] as string[],
    dieAfter: Infinity,
    effect: async <T>(key: string, perform: () => Promise<T>): Promise<T> => {
      const known = kept.get(key)
      if (known !== undefined) return JSON.parse(known) as T
      journal.performed.push(key)
      const result = await perform()
      if (kept.size >= journal.dieAfter) throw new Suspended(0)
      if (kept.has(key)) throw new Error(`two effects have the key ${key}`)
      kept.set(key, JSON.stringify(result ?? null))
      return JSON.parse(kept.get(key) as string) as T
    }
  }
  return journal
}

const FLOW = `
  use:
    functions:
      ping: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/{n}' } }
  do:
    - again:
        do:
          - one: { call: ping, with: { n: '\${ .lap }' } }
          - two: { call: ping, with: { n: '\${ 10 }' } }
        output: { as: '{ lap: ($input.lap + 1) }' }
        export: { as: '{ lap: .lap }' }
    - more: { switch: [ { yes: { when: .lap < 2, then: again } }, { no: { then: continue } } ] }
    - loop:
        for: { each: n, in: '[20, 30]' }
        do:
          - both:
              fork:
                branches:
                  - left: { do: [ { l: { call: ping, with: { n: '\${ $n + 1 }' } } } ] }
                  - right: { try: [ { r: { call: http, with: { method: get,
                        endpoint: 'http://127.0.0.1:1/{fail}' } } } ], catch: { retry: { delay: PT5S, jitter: {
                        from: PT0S, to: PT2S }, limit: { attempt: { count: 2 }, duration: PT10M } }, do: [ { gaveUp: {
                        set: { failed: '\${ $error.status }' } } } ] } }
              input: { from: '{ fail: $n }' }
              timeout: { after: PT1H }
    - pause: { wait: PT10M }
    - tell: { emit: { event: { with: { type: done, data: '\${ . }' } } } }
    - stamp: { set: { at: '\${ $task.startedAt.iso8601 }', data: '\${ .data }', lap: '\${ $context.lap }' } }
`

function flowPorts() {
  const ports = testPorts()
  const sent: string[] = []
  ports.http = async (call, at) => {
    sent.push(`${call.url} ${at.idempotencyKey}`)
    // Numbers that a loop hands to the failing branch.
    const path = new URL(call.url).pathname
    if (path === '/20' || path === '/30') throw flowError('communication', 'down', { status: 503 })
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify({ got: path })),
      url: call.url
    }
  }
  return { ports, sent }
}

t.test(
  'a run that is killed after any of its effects and resumed gives the same outcome, and performs no recorded ' +
    'effect again',
  async (t) => {
    const whole = flowPorts()
    const reference = memoryJournal()
    const { outcome } = await run(FLOW, { lap: 0 }, { journal: reference, testPorts: whole.ports })
    t.match(outcome, { status: 'succeeded', output: { lap: 2, data: [{ got: '/31' }, { failed: 503 }] } })
    t.equal(new Set(reference.performed).size, reference.performed.length, 'every effect has a key of its own')
    t.ok(reference.performed.length > 20)

    let sentAgain = 0
    for (let dieAfter = 0; dieAfter <= reference.performed.length; dieAfter++) {
      const { ports, sent } = flowPorts()
      const kept = new Map<string, string>()
      const performed: string[] = []
      let ended: FlowOutcome | undefined
      for (let life = 0; ended === undefined && life < 3; life++) {
        const journal = memoryJournal(kept)
        if (life === 0) journal.dieAfter = dieAfter
        try {
          ended = (await run(FLOW, { lap: 0 }, { journal, testPorts: ports })).outcome
        } catch (error) {
          if (!(error instanceof Suspended)) throw error
        }
        performed.push(...journal.performed.filter((key) => kept.has(key) || life > 0))
        ports.time += 3_600_000 * 5
      }
      const strip = (found: FlowOutcome | undefined): unknown =>
        found?.status === 'succeeded' ? { ...(found.output as object), at: '' } : found
      t.same(strip(ended), strip(outcome), `killed after ${dieAfter} effects`)
      t.equal(new Set(performed).size, performed.length, 'no recorded effect was performed again')
      sentAgain += sent.length - new Set(sent).size
      t.same(
        sent.filter((line) => !whole.sent.includes(line)),
        [],
        'a call that is sent again carries the same idempotency key'
      )
    }
    t.ok(sentAgain > 0, 'calls in flight were sent again')
  }
)

t.test(
  'Suspended from a wait unwinds through try and fork, is reported to no step, and the run goes on after it',
  async (t) => {
    const ports = testPorts()
    const journal = memoryJournal()
    ports.sleep = async (ms, _, at) => {
      // What a durable engine does in one transaction: the wait is recorded as done, the run is suspended.
      journal.kept.set(at.key, JSON.stringify({ value: null }))
      throw new Suspended(ports.time + ms)
    }
    const flow = `
    - attempt:
        try: [ { both: { fork: { branches: [ { a: { wait: PT1H } }, { b: { wait: PT2H } } ] } } } ]
        catch: { do: [ { wrong: { set: { caught: true } } } ] }
    - after: { set: { ok: true } }
  `
    await t.rejects(
      run(flow, {}, { journal, testPorts: ports }),
      { name: 'Suspended', until: ports.time + 3_600_000 },
      'suspended until the first of them'
    )
    const { outcome, steps } = await run(flow, {}, { journal: memoryJournal(journal.kept), testPorts: ports })
    t.same(outcome, { status: 'succeeded', output: { ok: true } })
    t.notOk(steps.some((step) => step.status === 'failed' || step.status === 'cancelled'))
  }
)

t.test('compete: a resumed run has the same winner, even where another branch would now be faster', async (t) => {
  const flow = `
    - race: { fork: { compete: true, branches: [ { a: { call: http, with: { method: get,
          endpoint: 'http://127.0.0.1:1/a' } } }, { b: { call: http, with: { method: get,
          endpoint: 'http://127.0.0.1:1/b' } } } ] } }
    - hold: { wait: PT1H }
  `
  const first = testPorts()
  first.http = async (call, at) => {
    if (call.url.endsWith('/a'))
      await new Promise((_, reject) => at.signal.addEventListener('abort', () => reject(new Error('aborted'))))
    return { status: 200, headers: {}, body: new TextEncoder().encode('b won'), url: call.url }
  }
  first.sleep = async () => {
    throw new Suspended(1)
  }
  const journal = memoryJournal()
  await t.rejects(run(flow, {}, { journal, testPorts: first }), { name: 'Suspended' })
  const second = testPorts()
  second.http = async (call) => ({
    status: 200,
    headers: {},
    body: new TextEncoder().encode('a is fast now'),
    url: call.url
  })
  const { outcome } = await run(flow, {}, { journal: memoryJournal(journal.kept), testPorts: second })
  t.same(outcome, { status: 'succeeded', output: 'b won' })
})

t.test(
  'a timeout that passed has passed for a resumed run too, and one that did not does not, however late it is resumed',
  async (t) => {
    const flow = `
    - attempt:
        try: [ { slow: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' }, timeout: {
              after: PT5S } } } ]
        catch: { errors: { with: { status: 408 } }, do: [ { late: { set: { late: true } } } ] }
    - hold: { wait: PT1H }
  `
    for (const late of [true, false]) {
      const ports = testPorts()
      ports.http = async (call, at) => {
        if (late) {
          queueMicrotask(() => ports.ringShortest())
          await new Promise((_, reject) => at.signal.addEventListener('abort', () => reject(new Error('aborted'))))
        }
        return { status: 200, headers: {}, body: new TextEncoder().encode('in time'), url: call.url }
      }
      ports.sleep = async () => {
        throw new Suspended(1)
      }
      const journal = memoryJournal()
      await t.rejects(run(flow, {}, { journal, testPorts: ports }), { name: 'Suspended' })
      const later = testPorts()
      later.time += 86_400_000 / 2
      later.http = async () => t.fail('the call was made again') as never
      const { outcome } = await run(flow, {}, { journal: memoryJournal(journal.kept), testPorts: later })
      t.same(outcome, { status: 'succeeded', output: late ? { late: true } : 'in time' })
    }
  }
)

t.test(
  'a failed attempt is recorded: a run that is suspended in the delay before the next one does not repeat it',
  async (t) => {
    const ports = testPorts()
    let calls = 0
    ports.http = async (call) => ({
      status: ++calls === 1 ? 503 : 200,
      headers: {},
      body: new TextEncoder().encode('ok'),
      url: call.url
    })
    const journal = memoryJournal()
    ports.sleep = async (_, __, at) => {
      journal.kept.set(at.key, JSON.stringify({ value: null }))
      throw new Suspended(1)
    }
    const flow =
      "- attempt: { try: [ { call: { call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/' } } } " +
      '], catch: { retry: { delay: PT10M } } }'
    await t.rejects(run(flow, {}, { journal, testPorts: ports }), { name: 'Suspended' })
    t.same((await run(flow, {}, { journal: memoryJournal(journal.kept), testPorts: ports })).outcome, {
      status: 'succeeded',
      output: 'ok'
    })
    t.equal(calls, 2)
  }
)

t.test('a cancelled call is not recorded', async (t) => {
  const ports = testPorts()
  const stop = new AbortController()
  ports.http = async (_, at) =>
    new Promise((_resolve, reject) => {
      at.signal.addEventListener('abort', () => reject(flowError('communication', 'aborted')))
      stop.abort()
    })
  const journal = memoryJournal()
  const { outcome } = await run(
    "- call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } }",
    {},
    { journal, testPorts: ports, signal: stop.signal }
  )
  t.same(outcome, { status: 'cancelled' })
  t.equal(journal.kept.size, 0)
})

t.test('a run that is resumed after a script sees the UUIDs that were recorded, also those in its error', async (t) => {
  const journal = memoryJournal()
  const ports = testPorts()
  ports.sleep = async () => {
    throw new Suspended(1)
  }
  const flow = `
    - make: { run: { script: { language: js, code: 'return sluice.uuid()' } }, export: { as: '{ made: . }' } }
    - fail: { try: [ { broken: { run: { script: { language: js, code: 'throw new Error(sluice.uuid())' } } } } ],
        catch: { do: [ { told: { set: { detail: '\${ $error.detail }' } } } ] }, export: { as: '$context + .' } }
    - pause: { wait: PT10M }
    - show: { set: '\${ $context }' }`
  await t.rejects(run(flow, {}, { journal, testPorts: ports }), { name: 'Suspended' })
  const recorded = [...journal.kept.values()].join(' ')
  const { outcome } = await run(flow, {}, { journal: memoryJournal(journal.kept) })
  const { made, detail } = (outcome as { output: { made: string; detail: string } }).output
  t.ok(recorded.includes(made) && recorded.includes(detail))
  t.match(detail, /[0-9a-f-]{36}/)
})
