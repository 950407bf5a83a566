import t from 'tap'
import { createWakeLoop } from '../../src/lib/wake-loop.ts'

/** No timer fires within a test. */
const NEVER_MS = 3_600_000

t.test('woken while it works, it works once more, and never twice at once', async (t) => {
  let [works, atOnce, most] = [0, 0, 0]
  const ends: (() => void)[] = []
  const loop = createWakeLoop({
    everyMs: NEVER_MS,
    async work() {
      works++
      most = Math.max(most, ++atOnce)
      await new Promise<void>((end) => ends.push(end))
      atOnce--
    },
    onError: (error) => t.fail(String(error))
  })
  t.teardown(() => loop.stop())
  loop.wake()
  loop.wake()
  loop.wake()
  t.equal(loop.isWorking, true)
  ends.shift()?.()
  while (ends.length === 0) await new Promise(setImmediate)
  ends.shift()?.()
  await loop.idle()
  t.same({ works, most, isWorking: loop.isWorking }, { works: 2, most: 1, isWorking: false })
})

t.test('work that fails is told, and the next wake tries again', async (t) => {
  const told: unknown[] = []
  let works = 0
  const loop = createWakeLoop({
    everyMs: NEVER_MS,
    async work() {
      if (works++ === 0) throw new Error('away')
    },
    onError: (error) => told.push(error)
  })
  t.teardown(() => loop.stop())
  loop.wake()
  await loop.idle()
  loop.wake()
  await loop.idle()
  t.match(told, [{ message: 'away' }])
  t.equal(works, 2)
})

t.test('it wakes by itself, and not once it is stopped', async (t) => {
  let works = 0
  const loop = createWakeLoop({
    everyMs: 1,
    work: async () => void works++,
    onError: (error) => t.fail(String(error))
  })
  while (works < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  loop.stop()
  await loop.idle()
  const before = works
  loop.wake()
  await loop.idle()
  t.same({ works, isStopped: loop.isStopped }, { works: before, isStopped: true })
})
