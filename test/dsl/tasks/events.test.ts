import t from 'tap'
import { createExpressions, NOBODY } from '../../../src/dsl/expressions/expressions.ts'
import type { CloudEvent, FlowDocument } from '../../../src/dsl/index.ts'
import { startingEvents } from '../../../src/dsl/starts-on.ts'
import { testPorts } from '../fixtures/ports.ts'
import { workbench } from '../fixtures/run.ts'

const { run } = workbench(t)
const eventOf = (id: string, more: object = {}): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'paid',
  time: '2026-11-28T10:00:00Z',
  ...more
})

t.test('listen takes the first event that has the attributes and agrees with the run', async (t) => {
  const ports = testPorts()
  ports.events.push(
    eventOf('1', { type: 'lost', data: { order: 7 } }),
    eventOf('2', { data: { order: 8, amount: 5 } }),
    eventOf('3', { data: 'no order' }),
    eventOf('4', { data: { order: 7, amount: 0 } }),
    eventOf('5', { data: { order: 7, amount: 9 } })
  )
  const { outcome } = await run(
    `
    - hear:
        listen: { to: { one: { with: { type: paid, data: '\${ .amount > 0 }' }, correlate: { order: {
          from: .data.order, expect: '\${ .order }' } } } } }
        timeout: { after: PT1H }`,
    { order: 7 },
    { testPorts: ports }
  )
  t.same(outcome, { status: 'succeeded', output: [{ order: 7, amount: 9 }] })
})

t.test('a run and its sub-flows hear each event once; branches do not share one', async (t) => {
  const ports = testPorts()
  ports.events.push(eventOf('1', { data: 1 }), eventOf('2', { data: 2 }), eventOf('3', { data: 3 }))
  const hear = (name: string) =>
    `{ ${name}: { listen: { to: { one: { with: { type: paid } } } }, timeout: { after: PT1H } } }`
  const { outcome } = await run(
    `
    - ${hear('first').slice(2, -2)}
    - both: { fork: { branches: [ ${hear('left')}, ${hear('right')} ] } }`,
    {},
    { testPorts: ports }
  )
  t.equal(outcome.status, 'succeeded')
  t.same((outcome as unknown as { output: number[][] }).output.flat().sort(), [2, 3])
})

t.test('run: workflow with await: false gives its input and names the run in its step', async (t) => {
  const { outcome, steps, ports } = await run(
    `
    - go:
        run: { workflow: { namespace: a, name: b, version: latest, input: { n: '\${ .n + 1 }' } }, await: false }`,
    { n: 1 }
  )
  t.same(outcome, { status: 'succeeded', output: { n: 1 } })
  t.same(ports.started, [{ flow: { namespace: 'a', name: 'b', version: 'latest' }, input: { n: 2 } }])
  t.match(steps, [{ pointer: '/do/0/go', runId: 'run_1' }])
})

t.test('the events that start a flow are told by literals and expressions', async (t) => {
  const expressions = createExpressions({ queueWaitMs: 600_000, timeoutMs: 60_000 })
  t.teardown(() => expressions.close())
  const starts = async (attributes: object, event: CloudEvent) => {
    const schedule = { on: { one: { with: attributes } } } as FlowDocument['schedule']
    return startingEvents({ ...(schedule ? { schedule } : {}) }, expressions)?.matches(event, NOBODY)
  }
  const event = eventOf('1', { priority: '5', data: { amount: 12, tags: ['a'] } })
  t.equal(await starts({ type: 'paid' }, event), true)
  t.equal(await starts({ type: 'Paid' }, event), false)
  t.equal(await starts({ priority: 5 }, event), true, 'headers carry text alone')
  t.equal(await starts({ data: { amount: 12, tags: ['a'] } }, event), true)
  t.equal(await starts({ data: { amount: 12 } }, event), false)
  t.equal(await starts({ data: '${ .amount > 10 }' }, event), true)
  t.equal(await starts({ data: '${ .amount > 20 }' }, event), false)
  t.equal(await starts({ type: '${ "pa" + "id" }' }, event), true)
  t.equal(await starts({ subject: '${ . }' }, event), false, 'an attribute that is not there')
  t.equal(await starts({ data: '${ error }' }, event), false)
  t.equal(startingEvents({}, expressions), undefined)
})
