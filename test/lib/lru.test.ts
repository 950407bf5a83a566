import t from 'tap'
import { createLru } from '../../src/lib/lru.ts'

t.test('the entry that was unused for longest makes room for a new one', async (t) => {
  const cache = createLru<number>(3)
  for (const key of ['a', 'b', 'c']) cache.set(key, 1)
  cache.get('a')
  cache.set('d', 1)
  t.strictSame([...cache.keys()].toSorted(), ['a', 'c', 'd'])
  cache.set('c', 2)
  t.equal(cache.get('c'), 2)
  t.equal(cache.size, 3, 'a new value takes the place of the old one')
  cache.delete('c')
  cache.set('e', 1)
  t.strictSame([...cache.keys()].toSorted(), ['a', 'd', 'e'])
})
