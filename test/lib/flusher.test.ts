import t from 'tap'
import { createFlusher } from '../../src/lib/flusher.ts'

/** What came, what was written at each go, and a writer that waits until it is let go on. */
function gathering(everyMs = 60_000) {
  const errors: unknown[] = []
  const written: string[][] = []
  let waiting: string[] = []
  let failure: Error | undefined
  let gate: Promise<void> | undefined
  const flusher = createFlusher({
    everyMs,
    isEmpty: () => waiting.length === 0,
    async write() {
      const batch = waiting
      waiting = []
      await gate
      if (failure) {
        waiting = [...batch, ...waiting]
        throw failure
      }
      written.push(batch)
    },
    onError: (error) => errors.push(error)
  })
  return {
    flusher,
    written,
    errors,
    add(text: string) {
      waiting.push(text)
      flusher.soon()
    },
    fail(error: Error | undefined) {
      failure = error
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return () => {
        gate = undefined
        resolve()
      }
    }
  }
}

t.test('what came together is written in one go, and nothing is no go', async (t) => {
  const { flusher, written, add } = gathering()
  add('a')
  add('b')
  await flusher.now()
  await flusher.now()
  t.strictSame(written, [['a', 'b']])
  flusher.stop()
})

t.test('it writes by itself, after its time', async (t) => {
  const { flusher, written, add } = gathering(1)
  add('a')
  while (written.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(written, [['a']])
  flusher.stop()
})

t.test('never twice at a time: who asks meanwhile waits, and what came meanwhile is in the next', async (t) => {
  const { flusher, written, add, hold } = gathering()
  const release = hold()
  add('a')
  const first = flusher.now()
  t.ok(flusher.busy())
  add('b')
  const second = flusher.now()
  release()
  await Promise.all([first, second])
  t.strictSame(written, [['a'], ['b']])
  t.notOk(flusher.busy())
  flusher.stop()
})

t.test('a failure is told to who asked, and to nobody else; what waits is kept and written later', async (t) => {
  const { flusher, written, errors, add, fail, hold } = gathering()
  const release = hold()
  fail(new Error('the database is away'))
  add('a')
  const first = t.rejects(flusher.now(), { message: 'the database is away' })
  const second = flusher.now()
  release()
  await first
  await t.rejects(second, { message: 'the database is away' })
  fail(undefined)
  await flusher.now()
  t.strictSame(written, [['a']])
  t.strictSame(errors, [])
  flusher.stop()
})
