import t from 'tap'
import { throttleReports } from '../../src/lib/throttle-reports.ts'

t.test('the first is told at once, the next after a while, with how many were left out', async (t) => {
  const told: [string, number][] = []
  let now = 0
  const report = throttleReports<string>(
    (thing, leftOut) => told.push([thing, leftOut]),
    1_000,
    () => now
  )
  for (const [at, thing] of [
    [0, 'a'],
    [1, 'b'],
    [999, 'c'],
    [1_000, 'd'],
    [1_500, 'e'],
    [9_000, 'f'],
    [9_001, 'g']
  ] as const) {
    now = at
    report(thing)
  }
  t.strictSame(told, [
    ['a', 0],
    ['d', 2],
    ['f', 1]
  ])
})
