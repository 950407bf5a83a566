import t from 'tap'
import { createTickBatcher } from '../../src/lib/tick-batcher.ts'

t.test(
  'those who wait in one turn of the event loop are woken together, in the order in which they came',
  async (t) => {
    const nextTick = createTickBatcher()
    const woken: string[] = []
    const wait = async (name: string): Promise<void> => {
      await nextTick()
      woken.push(name)
    }
    const first = [wait('a'), wait('b')]
    let ended = false
    setImmediate(() => {
      ended = true
    })
    await Promise.resolve()
    t.same(woken, [], 'nobody goes on within the turn')
    await Promise.all(first)
    t.same(woken, ['a', 'b'])
    t.notOk(ended, 'they need not wait for what was planned after them')
  }
)

t.test('who comes after calls that waited together waits for the turn after', async (t) => {
  const nextTick = createTickBatcher()
  const first = nextTick()
  t.equal(nextTick(), first)
  await first
  const second = nextTick()
  t.ok(second)
  t.not(second, first)
})

t.test('after a call that waited alone the next ones do not wait, and one in sixteen looks again', async (t) => {
  const nextTick = createTickBatcher()
  const waits: boolean[] = []
  for (let call = 0; call < 33; call++) {
    const ticked = nextTick()
    waits.push(ticked !== undefined)
    await ticked
  }
  const waited = [...waits.keys()].filter((call) => waits[call])
  t.same(waited, [0, 16, 32])
})

t.test('calls are batched again as soon as one that looks has company', async (t) => {
  const nextTick = createTickBatcher()
  await nextTick()
  for (let call = 0; call < 15; call++) t.equal(nextTick(), undefined)
  const together = [nextTick(), nextTick()]
  t.ok(together[0])
  t.equal(together[1], together[0])
  await together[0]
  t.ok(nextTick())
})
