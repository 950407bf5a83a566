import t from 'tap'
import { derivedId, isId, newId, newTimedId } from '../../src/lib/ids.ts'

t.test('every kind of id has the same form', async (t) => {
  for (const id of [newId('run'), newTimedId('run'), derivedId('run', 'a text')]) t.ok(isId('run', id), id)
  t.notOk(isId('flw', newTimedId('run')))
})

t.test('ids with a time sort by their time as bytes, and differ within a millisecond', async (t) => {
  const real = Date.now
  t.teardown(() => {
    Date.now = real
  })
  // Around where a digit is carried, and at both ends.
  const carry = 62 ** 4
  const times = [0, 61, 62, carry - 1, carry, 1_795_000_000_000, 1_795_000_000_001, 62 ** 7 - 1]
  const ids = times.map((time) => {
    Date.now = () => time
    const [first, second] = [newTimedId('run'), newTimedId('run')]
    t.not(first, second)
    t.equal(first.slice(0, 'run_'.length + 7), second.slice(0, 'run_'.length + 7))
    return first
  })
  const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  t.same(sorted, ids)
})
