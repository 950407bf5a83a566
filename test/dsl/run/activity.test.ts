import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createActivity, type Journal } from '../../../src/dsl/index.ts'
import { testPorts } from '../fixtures/ports.ts'
import { workbench } from '../fixtures/run.ts'

const { run } = workbench(t)

t.test('a run is quiet when nothing of it is under way, and not before', async (t) => {
  const activity = createActivity()
  const events: string[] = []
  const { promise: first, resolve: endFirst } = Promise.withResolvers<void>()
  const { promise: second, resolve: endSecond } = Promise.withResolvers<void>()
  activity.working(first)
  void first.then(() => {
    events.push('first')
    activity.working(second)
    void second.then(async () => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve()
      events.push('second')
    })
  })
  const quiet = activity.quiet().then(() => events.push('quiet'))
  await pause(5)
  t.same(events, [])
  endFirst()
  await pause(5)
  t.same(events, ['first'])
  endSecond()
  await quiet
  t.same(events, ['first', 'second', 'quiet'], 'also what follows without waiting is over')

  const failing = Promise.reject(new Error('no'))
  activity.working(failing)
  await failing.catch(() => {})
  await activity.quiet()
})

// The left branch computes on the threads of the pool and reads a secret, the right one asks at once. Each call waits
// for its answer, and a deterministic journal answers one at a time: what has been asked by then must not depend on
// how long the threads take.
const FLOW = `
  use: { secrets: [key] }
  do:
    - both:
        fork:
          branches:
            - left:
                do:
                  - compute: { set: { n: '\${ [limit(3; repeat(1))] | length | tostring }' } }
                  - ask:
                      input: { from: '. + { key: $secrets.key }' }
                      call: http
                      with:
                        method: get
                        endpoint: 'http://127.0.0.1:1/left/{n}'
                        headers: { x-key: '\${ .key }' }
                timeout: { after: PT1H }
            - right: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/right' } }
    - after: { wait: PT1H }
`

t.test('what a run asks for between two answers does not depend on how long its work takes', async (t) => {
  const orders = new Set<string>()
  for (const slow of [0, 30]) {
    const activity = createActivity()
    const asked: { key: string; answer(): void }[] = []
    const order: string[] = []
    const ports = testPorts()
    const effect: Journal['effect'] = (key, perform, kind) =>
      kind === 'composite'
        ? perform()
        : new Promise((resolve, reject) => asked.push({ key, answer: () => void perform().then(resolve, reject) }))
    ports.working = activity.working
    ports.secrets = async () => {
      if (slow > 0) await pause(slow)
      return { key: 'abc' }
    }
    ports.http = async (call) => ({ status: 200, headers: {}, body: new Uint8Array(), url: call.url })
    let ended = false
    const running = run(FLOW, {}, { journal: { effect }, testPorts: ports }).finally(() => {
      ended = true
    })
    running.catch(() => {})
    while (!ended) {
      await activity.quiet()
      if (ended || asked.length === 0) continue
      order.push(
        asked
          .map(({ key }) => key)
          .sort()
          .join(' ')
      )
      asked
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .shift()
        ?.answer()
    }
    t.match((await running).outcome, { status: 'succeeded' })
    orders.add(JSON.stringify(order))
  }
  t.equal(orders.size, 1, [...orders].join('\n'))
  t.match([...orders][0], /left.*right|right.*left/, 'both branches had asked before the first answer')
})
