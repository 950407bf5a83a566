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

t.test('who comes later waits for the turn after', async (t) => {
  const nextTick = createTickBatcher()
  const first = nextTick()
  await first
  const second = nextTick()
  t.not(second, first)
  await second
})
