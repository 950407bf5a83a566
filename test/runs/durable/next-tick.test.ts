import t from 'tap'
import { nextTick } from '../../../src/runs/durable/next-tick.ts'

const at = (text: string): number => Date.parse(text)
const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString()

t.test('cron: hours are local to the time zone, also when its clocks change', async (t) => {
  const next = (zone: string, now: string): string | undefined =>
    iso(nextTick({ cron: '0 9 * * *' }, zone, undefined, at(now)))
  t.equal(next('UTC', '2026-11-21T08:59:59Z'), '2026-11-21T09:00:00.000Z')
  t.equal(next('Europe/Berlin', '2026-03-28T12:00:00Z'), '2026-03-29T07:00:00.000Z', 'summer time has begun')
  t.equal(next('Europe/Berlin', '2026-10-24T12:00:00Z'), '2026-10-25T08:00:00.000Z', 'and ended')
  t.equal(next('Asia/Kolkata', '2026-11-21T00:00:00Z'), '2026-11-21T03:30:00.000Z')
})

t.test('cron: a time that the clocks skip ticks an hour later, and a repeated time ticks once', async (t) => {
  const next = (cron: string, now: string): string | undefined =>
    iso(nextTick({ cron }, 'Europe/Berlin', undefined, at(now)))
  t.equal(next('30 2 * * *', '2026-03-28T12:00:00Z'), '2026-03-29T01:30:00.000Z', 'there is no 02:30: it is 03:30')
  t.equal(next('30 2 * * *', '2026-03-29T01:30:00Z'), '2026-03-30T00:30:00.000Z')
  t.equal(next('30 2 * * *', '2026-10-24T12:00:00Z'), '2026-10-25T00:30:00.000Z', 'the first 02:30')
  t.equal(next('30 2 * * *', '2026-10-25T00:30:00Z'), '2026-10-26T01:30:00.000Z', 'the second is left out')
  for (const late of ['2026-10-25T01:00:00Z', '2026-10-25T01:29:59Z'])
    t.equal(
      next('30 2 * * *', late),
      '2026-10-26T01:30:00.000Z',
      "also where it is computed late, when it is 02 o'clock again"
    )
})

t.test('cron: every hour is every hour, also when the clocks change', async (t) => {
  for (const start of ['2026-03-28T22:00:00Z', '2026-10-24T22:00:00Z']) {
    for (let hour = 0; hour < 6; hour++) {
      const now = at(start) + hour * 60 * 60_000
      t.equal(nextTick({ cron: '0 * * * *' }, 'Europe/Berlin', undefined, now), now + 60 * 60_000)
    }
  }
})

t.test('cron: the next tick is after now, so that none starts twice, and missed ticks become one', async (t) => {
  const tick = at('2026-11-21T09:00:00Z')
  t.equal(iso(nextTick({ cron: '0 9 * * *' }, 'UTC', tick, tick)), '2026-11-22T09:00:00.000Z')
  t.equal(iso(nextTick({ cron: '0 9 * * *' }, 'UTC', tick, at('2026-12-01T10:00:00Z'))), '2026-12-02T09:00:00.000Z')
})

t.test('cron: a day that never comes has no tick', async (t) => {
  t.equal(nextTick({ cron: '0 0 30 2 *' }, 'UTC', undefined, at('2026-11-21T00:00:00Z')), undefined)
})

t.test('every: keeps its grid however late it is computed, and missed ticks become one', async (t) => {
  const rule = { everyMs: 60_000 }
  const start = at('2026-11-21T09:00:00Z')
  t.equal(nextTick(rule, 'UTC', undefined, start), start + 60_000)
  t.equal(nextTick(rule, 'UTC', start, start + 700), start + 60_000)
  t.equal(nextTick(rule, 'UTC', start, start + 60_000 * 5 + 1), start + 60_000 * 6)
})

t.test('after: starts at once, and then waits for the previous run', async (t) => {
  t.equal(nextTick({ afterMs: 5_000 }, 'UTC', undefined, 1_000), 1_000)
  t.equal(nextTick({ afterMs: 5_000 }, 'UTC', 1_000, 2_000), undefined)
})
