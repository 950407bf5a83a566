import { setImmediate as tick } from 'node:timers/promises'
import t from 'tap'
import { createFairQueue } from '../../src/lib/fair-queue.ts'

class Full extends Error {
  readonly limit: number
  constructor(limit: number) {
    super(`full at ${limit}`)
    this.limit = limit
  }
}

function setUp(limits: { perKey?: number; known?: number; strangers?: number } = {}) {
  const { perKey = 3, known = 5, strangers = 5 } = limits
  const queue = createFairQueue({
    atOnce: 1,
    lanes: { known, strangers },
    perKey,
    refuse: (limit) => new Full(limit)
  })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name)
      ends.push(() => resolve(name))
    })
  /** Ends the work that runs, until none is left. */
  async function drain(): Promise<string[]> {
    for (let end = ends.shift(); end; end = ends.shift()) {
      end()
      await tick()
    }
    return begun
  }
  return { queue, work, drain, begun }
}

t.test('keys take turns within a lane, and lanes take turns', async (t) => {
  const { queue, work, drain } = setUp()
  const all = [
    queue.run('strangers', ['a'], work('a1')),
    queue.run('strangers', ['a'], work('a2')),
    queue.run('strangers', ['a'], work('a3')),
    queue.run('strangers', ['b'], work('b1')),
    queue.run('known', ['a'], work('known a1')),
    queue.run('known', ['a'], work('known a2'))
  ]
  t.equal(queue.waiting(), 5)
  t.same(await drain(), ['a1', 'known a1', 'a2', 'known a2', 'b1', 'a3'])
  t.same(await Promise.all(all), ['a1', 'a2', 'a3', 'b1', 'known a1', 'known a2'])
  t.equal(queue.waiting(), 0)
})

t.test('a key or a lane without a place left refuses at once, and takes no place of others', async (t) => {
  const { queue, work, drain } = setUp({ perKey: 2, strangers: 3 })
  const running = queue.run('strangers', ['a'], work('running'))
  const waiting = [
    queue.run('strangers', ['a', 'shared'], work('a1')),
    queue.run('strangers', ['b', 'shared'], work('b1'))
  ]
  await t.rejects(queue.run('strangers', ['c', 'shared'], work('c1')), new Full(2))
  waiting.push(queue.run('strangers', ['c', 'c'], work('c1')))
  await t.rejects(queue.run('strangers', ['d'], work('d1')), new Full(3))
  waiting.push(queue.run('known', ['shared'], work('known')))
  t.same(await drain(), ['running', 'known', 'a1', 'b1', 'c1'])
  await Promise.all([running, ...waiting])
  const again = queue.run('strangers', ['c', 'shared'], work('again'))
  await drain()
  t.equal(await again, 'again', 'the places are free again')
})

t.test('work that fails gives its place to the next one', async (t) => {
  const { queue, work, drain } = setUp()
  const failing = queue.run('known', ['a'], async () => {
    await tick()
    throw new Error('failed')
  })
  const next = queue.run('known', ['b'], work('next'))
  await t.rejects(failing, { message: 'failed' })
  await drain()
  t.equal(await next, 'next')
})

t.test('work that waits gives up its place when its signal aborts; work that runs goes on', async (t) => {
  const { queue, work, drain, begun } = setUp({ perKey: 1 })
  const controller = new AbortController()
  const running = queue.run('known', ['a'], work('running'), controller.signal)
  const waiting = queue.run('known', ['a'], work('waiting'), controller.signal)
  const other = queue.run('known', ['b'], work('other'))
  t.equal(queue.waiting(), 2)
  controller.abort(new Error('gone'))
  await t.rejects(waiting, /gone/)
  t.equal(queue.waiting(), 1)
  const again = queue.run('known', ['a'], work('again'))
  await t.rejects(queue.run('known', ['c'], work('never'), controller.signal), /gone/)
  await drain()
  t.same(await Promise.all([running, other, again]), ['running', 'other', 'again'])
  t.same(begun, ['running', 'other', 'again'])
})
