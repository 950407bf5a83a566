import t from 'tap'
import { cronFault } from '../../../src/dsl/lint/cron.ts'

t.test('five fields, with lists, ranges, steps and names', async (t) => {
  for (const good of ['0 0 * * *', '*/15 * * * *', '0,30 8-18/2 1,15 jan-mar MON-FRI', '59 23 31 12 7', ' 0  0 * * * '])
    t.equal(cronFault(good), undefined, good)
})

t.test('anything else is refused, naming the field', async (t) => {
  t.match(cronFault('0 0 * *'), /has five fields/)
  t.match(cronFault('0 0 * * * *'), /this has 6/)
  t.match(cronFault(''), /this has 0/)
  for (const [bad, field] of [
    ['60 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['* * 0 * *', 'day of month'],
    ['* * * 13 *', 'month'],
    ['* * * * 8', 'day of week'],
    ['*/0 * * * *', 'minute'],
    ['5-1 * * * *', 'minute'],
    ['1-2-3 * * * *', 'minute'],
    ['a * * * *', 'minute'],
    ['1, * * * *', 'minute'],
    ['@daily * * * *', 'minute'],
    ['-1 * * * *', 'minute'],
    ['1- * * * *', 'minute']
  ] as const) {
    t.match(cronFault(bad), new RegExp(`is not a valid ${field}`), bad)
  }
})

t.test('a cron expression is short: lists of a hundred thousand items are refused before they are read', async (t) => {
  const all = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, n) => `${n + from}`).join(',')
  t.equal(cronFault([all(0, 59), all(0, 23), all(1, 31), all(1, 12), all(0, 6)].join(' ')), undefined)
  t.match(cronFault(`0 0 ${'*,'.repeat(5_000)}* 1 *`), /at most 500 characters/)
})
