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
