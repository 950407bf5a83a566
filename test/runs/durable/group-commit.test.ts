import t, { type Test } from 'tap'
import { createGroupCommit, retryWhileUnavailable } from '../../../src/runs/durable/group-commit.ts'

t.test('items that arrive while writes are running share the next one', async (t) => {
  const batches: number[][] = []
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const commit = createGroupCommit<number, number>({
    batchMax: 100,
    async write(batch) {
      batches.push([...batch])
      await held
      return batch.map((n) => n * 2)
    }
  })
  const nextTick = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve)
    })
  const first = commit(1)
  await nextTick()
  const second = commit(2)
  await nextTick()
  const rest = [3, 4, 5].map(commit)
  await nextTick()
  t.same(batches, [[1], [2]], 'two are running')
  release()
  t.same(await Promise.all([first, second, ...rest]), [2, 4, 6, 8, 10])
  t.same(batches, [[1], [2], [3, 4, 5]])
})

t.test('an item that is rejected fails alone', async (t) => {
  const commit = createGroupCommit<number, number>({
    batchMax: 100,
    async write(batch) {
      if (batch.includes(2)) throw new Error('refused')
      return batch
    }
  })
  t.same(
    (await Promise.allSettled([1, 2, 3].map(commit))).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled']
  )
})

/** The pause between two attempts keeps no process alive; this timer does. */
function keepAwake(t: Pick<Test, 'teardown'>): void {
  const timer = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(timer))
}

t.test('an unavailable database is retried, and any other error is thrown at once', async (t) => {
  keepAwake(t)
  let asked = 0
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  t.equal(
    await retryWhileUnavailable(async () => {
      if (++asked < 3) throw away
      return 'written'
    }, 10_000),
    'written'
  )
  t.equal(asked, 3)
  await t.rejects(
    retryWhileUnavailable(async () => {
      throw away
    }, 0),
    /ECONNREFUSED/,
    'retrying ends'
  )
  let refused = 0
  await t.rejects(
    retryWhileUnavailable(async () => {
      refused++
      throw new Error('refused')
    }, 10_000),
    /refused/
  )
  t.equal(refused, 1)
})
