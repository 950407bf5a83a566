import t from 'tap'
import { DAY_MS } from '../../src/lib/clock.ts'
import { isId } from '../../src/lib/ids.ts'
import { idsRemovedOn } from '../../src/lib/removal-ids.ts'
import { newRequestRunId, removalDay, stepOf } from '../../src/runs/run-id.ts'

const NOON = Date.UTC(2026, 10, 28, 12)
const DAY = Math.floor(NOON / DAY_MS)

t.test('a run is kept for its retention, and at most one step longer', async (t) => {
  for (const [days, step] of [
    [1, 1],
    [30, 1],
    [31, 1],
    [32, 3],
    [92, 3],
    [93, 14],
    [366, 14],
    [367, 56],
    [3_650, 56]
  ] as const) {
    t.equal(stepOf(days), step)
    for (const startedAt of [NOON, DAY * DAY_MS, (DAY + 1) * DAY_MS - 1, NOON + 17 * DAY_MS]) {
      const removedAt = removalDay(startedAt, days) * DAY_MS
      t.ok(removedAt >= startedAt + days * DAY_MS, `${days} days`)
      t.ok(removedAt < startedAt + (days + step + 1) * DAY_MS, `${days} days and a step`)
      t.equal(removalDay(startedAt, days) % step, 0, 'all workspaces share partitions')
    }
  }
})

t.test('ids are of the usual form, all different, and between those of their day, in any collation', async (t) => {
  const ids = Array.from({ length: 5_000 }, () => newRequestRunId(NOON, 30))
  t.equal(new Set(ids).size, ids.length)
  const { from, to } = idsRemovedOn('run', DAY + 31)
  const { compare } = new Intl.Collator('en')
  for (const id of ids.slice(0, 100)) {
    t.ok(isId('run', id), id)
    t.ok(from < id && id < to, id)
    t.ok(compare(from, id) < 0 && compare(id, to) < 0, id)
    t.ok(id < 'run_0001', 'before every random id')
  }
})

t.test('ids of later runs come later, to two milliseconds', async (t) => {
  const ids = [0, 2, 100, 1_000, 60_000, 11 * 3_600_000].map((later) => newRequestRunId(NOON + later, 30))
  t.same(ids.toSorted(), ids)
  for (const edge of [DAY * DAY_MS, (DAY + 1) * DAY_MS - 1]) t.ok(isId('run', newRequestRunId(edge, 30)))
})
