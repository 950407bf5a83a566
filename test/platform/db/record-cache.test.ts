import t from 'tap'
import { createRecordCache } from '../../../src/platform/db/record-cache.ts'
import { startSluice } from '../../fixtures/sluice.ts'

t.test('strangers who ask for what is not there push out no record', async (t) => {
  const { services, clock } = await startSluice(t)
  const rows = new Map([['mine', 1]])
  const loads: string[] = []
  const cache = createRecordCache(services, {
    topic: 'token',
    size: 3,
    async load(key) {
      loads.push(key)
      return rows.get(key)
    }
  })
  await cache.get('mine')
  for (let n = 0; n < 100; n++) t.equal(await cache.get(`guess ${n}`), undefined)
  t.equal(cache.get('mine'), 1, 'at once')
  t.equal(cache.get('guess 99'), undefined, 'and what is not there is known too')
  t.equal(loads.length, 101)

  rows.set('guess 99', 2).delete('mine')
  clock.advance(61_000)
  t.equal(await cache.get('guess 99'), 2, 'what came meanwhile')
  t.equal(await cache.get('mine'), undefined, 'what went meanwhile')
  t.equal(cache.get('guess 99'), 2)
  t.equal(cache.get('mine'), undefined)
  t.equal(loads.length, 103)
})
