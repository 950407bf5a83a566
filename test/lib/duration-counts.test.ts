import t from 'tap'
import { createDurationCounts } from '../../src/lib/duration-counts.ts'

t.test('a duration counts in the first bucket whose bound it does not exceed', async (t) => {
  const times = createDurationCounts([0.001, 0.1, 1])
  for (const ms of [0, 1, 1.001, 100, 999, 1_000, 1_001, 60_000]) times.add(ms)
  t.same(times.read().counts, [2, 2, 2, 2])
  t.equal(Math.round(times.read().sumSeconds * 1_000_000), 63_102_001)
})
