import t from 'tap'
import { createHoldings } from '../../src/lib/holdings.ts'

t.test('what was taken last is given back first, and one that fails keeps none of the others', async (t) => {
  const holdings = createHoldings()
  const freed: string[] = []
  const failure = new Error('the database is not there')
  holdings.add('server', async () => {
    freed.push('server')
  })
  holdings.add('recorder', () => Promise.reject(failure))
  holdings.add('listener', async () => {
    freed.push('listener')
  })
  const failed: [string, unknown][] = []
  await holdings.free((name, error) => failed.push([name, error]))
  t.same(freed, ['listener', 'server'])
  t.strictSame(failed, [['recorder', failure]])
  await holdings.free((name, error) => failed.push([name, error]))
  t.equal(freed.length, 2, 'a second time frees nothing again')
})
