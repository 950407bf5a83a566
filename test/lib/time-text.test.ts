import t from 'tap'
import { isoTime, millisecondsText } from '../../src/lib/time-text.ts'

t.test('a time is the text that a date gives, also asked for twice and in turn', async (t) => {
  for (const ms of [0, 1, 1, 1_700_000_000_123, 0, -1, 253_402_300_799_999, 1_700_000_000_123])
    t.equal(isoTime(ms), new Date(ms).toISOString())
  t.throws(() => isoTime(NaN), RangeError)
})

t.test('a duration is a JSON number, to the microsecond', async (t) => {
  for (const [ms, text] of [
    [0, '0.000'],
    [0.0004, '0.000'],
    [0.0006, '0.001'],
    [0.01, '0.010'],
    [1.25, '1.250'],
    [999.9996, '1000.000'],
    [61_234.567, '61234.567']
  ] as const) {
    t.equal(millisecondsText(ms), text)
    t.equal(JSON.parse(text), Math.round(ms * 1000) / 1000)
  }
})
