import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { testPorts } from '../fixtures/ports.ts'
import { workbench } from '../fixtures/run.ts'

// Timers of Node hold 2^31 - 1 milliseconds, nearly 25 days; a longer one would ring at once.

const { run } = workbench(t)
const DAY_MS = 86_400_000

t.test('timeouts beyond what a timer holds do not ring, with alarms of the engine and without', async (t) => {
  for (const after of ['P24D', 'P25D', 'P30D', 'P9W', 'P365D', 'PT596H31M24S', '{ days: 3000 }', `'\${ "P40D" }'`]) {
    const flow = `- a: { timeout: { after: ${after} }, do: [ { b: { wait: PT1S } }, { c: { set: { ok: true } } } ] }`
    t.match((await run(flow)).outcome, { status: 'succeeded', output: { ok: true } }, after)
    // A timer that is too long rings after a millisecond: this wait is longer.
    const { alarm: _alarm, ...ports } = { ...testPorts(), sleep: () => pause(20) }
    t.match((await run(flow, {}, { testPorts: ports as never })).outcome, { output: { ok: true } }, `${after}, a timer`)
  }
})

t.test('waits beyond it last as long as they say', async (t) => {
  for (const [wait, days] of [
    ['P25D', 25],
    ['P40D', 40],
    ['{ days: 400 }', 400]
  ] as const)
    t.same((await run(`- a: { wait: ${wait} }`)).ports.slept, [days * DAY_MS], wait)
})

t.test('delays of a retry are cut to an hour, and never to nothing', async (t) => {
  const flow = `
    - a:
        try: [ { b: { raise: { error: { type: 'urn:x', status: 503 } } } } ]
        catch: { errors: {}, retry: { delay: { days: 30 }, limit: { attempt: { count: 2 } } } }
  `
  const { ports } = await run(flow)
  t.ok(ports.slept.length > 0)
  for (const ms of ports.slept) t.equal(ms, 3_600_000)
})
