import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createSimulatedTime } from '../../../src/flows/simulate/virtual-clock.ts'

const still = { now: () => 1_000 }
const never = new AbortController().signal

t.test('waits end in the order in which they are due, at the time at which they are due', async (t) => {
  const time = createSimulatedTime(still)
  const ends: [string, number][] = []
  const wait = async (name: string, ms: number) => {
    await time.sleep(ms, never)
    ends.push([name, time.now()])
  }
  const second = async () => {
    await wait('b1', 200)
    await wait('b2', 50)
  }
  await Promise.all([wait('a', 300), second(), wait('c', 0)])
  t.same(ends, [
    ['c', 1_000],
    ['b1', 1_200],
    ['b2', 1_250],
    ['a', 1_300]
  ])
})

t.test('the time stands still while work is under way, though somebody waits', async (t) => {
  const time = createSimulatedTime(still)
  const ends: string[] = []
  const worked = Promise.withResolvers<void>()
  const first = async () => {
    await time.sleep(100, never)
    time.working(worked.promise)
    await worked.promise
    await time.sleep(50, never)
    ends.push(`first ${time.now()}`)
  }
  const second = async () => {
    await time.sleep(200, never)
    ends.push(`second ${time.now()}`)
  }
  const both = Promise.all([first(), second()])
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  t.equal(time.now(), 1_100)
  worked.resolve()
  await both
  t.same(ends, ['first 1150', 'second 1200'])
})

t.test('a timeout ends when a wait jumps beyond it, and never moves the time', async (t) => {
  const time = createSimulatedTime(still)
  const rung: number[] = []
  const alarm = (ms: number) => time.alarm(time.now() + ms, never).then(() => rung.push(time.now()))
  void alarm(100)
  void alarm(500)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  t.same(rung, [], 'nothing waits, so no time passes')
  await time.sleep(200, never)
  t.same(rung, [1_100])
})

t.test('an aborted wait rejects with the reason, and no longer holds the time', async (t) => {
  const time = createSimulatedTime(still)
  const abort = new AbortController()
  const slept = time.sleep(1_000_000, abort.signal)
  const reason = new Error('over')
  abort.abort(reason)
  await t.rejects(slept, reason)
  await t.rejects(time.sleep(1, abort.signal), reason, 'what is aborted already does not begin')
  await time.sleep(10, never)
  t.equal(time.now(), 1_010)
})
