import t from 'tap'
import { durationMs } from '../../src/dsl/duration.ts'

t.test('ISO 8601 from weeks to seconds, and objects', async (t) => {
  const cases: readonly [unknown, number | undefined][] = [
    ['PT30S', 30_000],
    ['PT1.5S', 1500],
    ['P1D', 86_400_000],
    ['P1W', 604_800_000],
    ['P1DT2H3M4S', 93_784_000],
    ['PT0S', 0],
    ['PT0.001S', 1],
    [{ seconds: 3 }, 3000],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 90_061_001],
    ['P', undefined],
    ['PT', undefined],
    ['P1Y', undefined],
    ['P1M', undefined],
    ['30s', undefined],
    ['', undefined],
    ['-PT1S', undefined],
    ['PT1S ', undefined],
    [{}, undefined],
    [{ seconds: -1 }, undefined],
    [{ seconds: 1.5 }, undefined],
    [{ weeks: 1 }, undefined],
    [{ constructor: 1 }, undefined],
    [5, undefined],
    [null, undefined],
    [['PT1S'], undefined],
    ['P9999999D', undefined],
    [{ days: 4000 }, undefined]
  ]
  for (const [value, ms] of cases) t.equal(durationMs(value), ms, JSON.stringify(value))
})
