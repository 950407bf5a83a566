import t from 'tap'
import { watchKeeping } from '../../../src/runs/restate/freshness.ts'

t.test('a result that Restate took too long to keep is late, and one that it had already is not', async (t) => {
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
