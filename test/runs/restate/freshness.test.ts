import t from 'tap'
import { createFreshness, watchKeeping } from '../../../src/runs/restate/freshness.ts'
import { standStill } from '../../fixtures/stand-still.ts'

t.test('a result that Restate took too long to store is late, and one that it had stored before is not', async (t) => {
  let now = 1_000
  const keeping = (): ReturnType<typeof watchKeeping> => watchKeeping({ lateMs: 5_000, now: () => now })
  const known = keeping()
  const made = keeping()
  t.equal(await made.watch(async () => 'value')(), 'value')
  const failed = keeping()
  await t.rejects(
    failed.watch(async () => {
      throw new Error('no')
    })(),
    { message: 'no' }
  )
  now += 5_000
  t.same([known.isLate(), made.isLate(), failed.isLate()], [false, false, false])
  now += 1
  t.same([known.isLate(), made.isLate(), failed.isLate()], [false, true, true])
})

t.test('after a long standstill the attempts of a process end, and later ones are fresh', async (t) => {
  const freshness = createFreshness({ frozenMs: 40, pausedMs: 20, tickMs: 5 })
  t.teardown(() => freshness.close())
  const patient = createFreshness({ frozenMs: 60_000, pausedMs: 20, tickMs: 5 })
  t.teardown(() => patient.close())
  const before = freshness.watch()
  const isFresh = patient.watch()
  standStill(60)
  t.equal(isFresh(), true, 'it stood still for short')
  t.same([before(), freshness.watch()()], [false, true])
})
