import t from 'tap'
import { createBoundedQueue } from '../../src/lib/bounded-queue.ts'

function setUp(limits: { maxItems?: number; maxSize?: number }) {
  const dropped: string[] = []
  const queue = createBoundedQueue<string>({
    maxItems: Infinity,
    maxSize: Infinity,
    ...limits,
    sizeOf: (item) => item.length,
    onDrop: (item) => dropped.push(item)
  })
  return { queue, dropped }
}

t.test('the oldest items are dropped beyond the limit of items, and of their size', async (t) => {
  const byItems = setUp({ maxItems: 2 })
  for (const item of ['a', 'b']) byItems.queue.push(item)
  t.same(byItems.dropped, [], 'at the limit')
  byItems.queue.push('c')
  t.same(byItems.dropped, ['a'])
  t.same(byItems.queue.take(9), ['b', 'c'])

  const bySize = setUp({ maxSize: 5 })
  for (const item of ['aa', 'bbb']) bySize.queue.push(item)
  t.same(bySize.dropped, [], 'at the limit')
  bySize.queue.push('c')
  t.same(bySize.dropped, ['aa'])
  bySize.queue.push('larger than all')
  t.same(bySize.dropped, ['aa', 'bbb', 'c', 'larger than all'])
  t.equal(bySize.queue.length, 0)
})

t.test('what was taken can be put back as the oldest; too much of it is dropped', async (t) => {
  const { queue, dropped } = setUp({ maxItems: 3 })
  for (const item of ['a', 'b', 'c']) queue.push(item)
  const taken = queue.take(2)
  t.same(taken, ['a', 'b'])
  queue.push('d')
  queue.putBack(taken)
  t.same(dropped, ['a'])
  t.same(queue.take(9), ['b', 'c', 'd'])
  t.same(queue.take(9), [])
})

t.test('the order and the length hold over many turns', async (t) => {
  const { queue, dropped } = setUp({ maxItems: 3_000 })
  for (let n = 0; n < 10_000; n++) queue.push(String(n))
  t.equal(queue.length, 3_000)
  t.equal(dropped.length, 7_000)
  t.equal(dropped.at(-1), '6999')
  t.equal(queue.take(1_500).at(-1), '8499')
  t.equal(queue.length, 1_500)
  t.equal(queue.take(5_000)[0], '8500')
})
