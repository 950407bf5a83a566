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

t.test('cron: the items of a list may overlap', async (t) => {
  for (const [cron, expected] of [
    ['1,1 * * * *', '2026-11-21T00:01:00.000Z'],
    ['30-40,35 2-4,3 * * *', '2026-11-21T02:30:00.000Z'],
    ['5,*/20 *,7 * * *', '2026-11-21T00:05:00.000Z'],
    // 2026-11-21 is a Saturday.
    ['0 0 * * 0,7', '2026-11-22T00:00:00.000Z'],
    ['0 0 * * fri-7', '2026-11-22T00:00:00.000Z'],
    ['0 0 * jan-mar,2 *', '2027-01-01T00:00:00.000Z']
  ] as const)
    t.equal(iso(nextTick({ cron }, 'UTC', undefined, at('2026-11-21T00:00:00Z'))), expected, cron)
})

t.test('cron: every minute of named hours, also in those that a change of the clocks skips or repeats', async (t) => {
  // The clocks of Berlin skip 02:00 to 03:00 on 29 March 2026, and show it twice on 25 October.
  for (const [from, to, count] of [
    ['2026-03-28T23:30:00Z', '2026-03-29T02:30:00Z', 180],
    ['2026-10-24T23:30:00Z', '2026-10-25T02:30:00Z', 120]
  ] as const) {
    const ticks = new Set<number>()
    for (let now = at(from); now < at(to);) {
      const tick = nextTick({ cron: '* 0-23 * * *' }, 'Europe/Berlin', now, now) ?? Number.NaN
      if (!(tick > now)) t.fail(`${iso(tick)} does not follow ${iso(now)}`)
      ticks.add((now = tick))
    }
    t.equal(ticks.size, count, from)
  }
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

t.test('cron: every day has its tick, once, wherever clocks change by half an hour or by two', async (t) => {
  for (const [cron, zone, from] of [
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-01T12:00:00Z'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-02T12:00:00Z'],
    ['30 1 * * *', 'Antarctica/Troll', '2026-03-26T12:00:00Z'],
    ['30 2 * * *', 'Antarctica/Troll', '2026-03-26T12:00:00Z'],
    ['30 2 * * *', 'Antarctica/Troll', '2026-10-22T12:00:00Z'],
    ['0 0 * * *', 'Africa/Cairo', '2026-04-21T12:00:00Z'],
    ['0 0 * * *', 'Asia/Beirut', '2026-03-26T12:00:00Z'],
    ['30 1 * * *', 'Asia/Tehran', '2022-03-19T12:00:00Z']
  ] as const) {
    const days: string[] = []
    for (let now: number | undefined = at(from); days.length < 6 && now !== undefined;)
      if ((now = nextTick({ cron }, zone, undefined, now)) !== undefined)
        days.push(new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(now))
    const first = Date.parse(days[0] as string)
    t.same(
      days,
      Array.from({ length: 6 }, (_, day) => new Date(first + day * 86_400_000).toISOString().slice(0, 10)),
      `${cron} ${zone}`
    )
  }
})

t.test('cron: a rule of every hour follows the time that passes, wherever clocks change', async (t) => {
  const gaps = (cron: string, zone: string, from: string, count: number): number[] => {
    const found: number[] = []
    for (let now = at(from); found.length < count;) {
      const next = nextTick({ cron }, zone, undefined, now) as number
      found.push((next - now) / 60_000)
      now = next
    }
    return found.slice(1)
  }
  t.same(new Set(gaps('*/30 * * * *', 'Antarctica/Troll', '2026-03-28T22:00:00Z', 12)), new Set([30]))
  t.same(new Set(gaps('0 * * * *', 'Antarctica/Troll', '2026-10-24T22:00:00Z', 12)), new Set([60]))
  t.same(new Set(gaps('*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T13:00:00Z', 16)), new Set([15]))
  t.same(new Set(gaps('*/15 * * * *', 'Australia/Lord_Howe', '2026-10-03T13:00:00Z', 16)), new Set([15]))
  t.same(
    new Set(gaps('0 * * * *', 'Australia/Lord_Howe', '2026-10-03T10:00:00Z', 12)),
    new Set([60, 90]),
    'as its clock shows it'
  )
})
