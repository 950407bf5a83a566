import t from 'tap'
import { AUTHOR_LIMITS, createAuthorQueues, REFUSALS } from '../../src/flows/author-limits.ts'

/** Nothing takes time but what waits, and that is over at once: the clock goes on by it. */
function manualClock() {
  let at = 0
  const paused: number[] = []
  return {
    paused,
    now: () => at,
    advance(ms: number) {
      at += ms
    },
    async pause(ms: number) {
      paused.push(ms)
      at += ms
    }
  }
}

for (const kind of ['simulations', 'validations'] as const) {
  t.test(`429: beyond the running and the waiting ${kind} of an account, whose places nobody else takes`, async (t) => {
    const clock = manualClock()
    const places = createAuthorQueues(clock)
    const { running, waiting } = AUTHOR_LIMITS[kind]
    const gate = Promise.withResolvers<void>()
    let begun = 0
    const work = async (): Promise<void> => {
      begun++
      await gate.promise
    }
    const all = Array.from({ length: running + waiting }, () => places[kind].run('acc_a', work))
    await t.rejects(places[kind].run('acc_a', work), {
      code: 'rate_limited',
      why: `too_many_${kind}`,
      headers: { 'Retry-After': /^\d+$/ }
    })
    t.same(clock.paused, [REFUSALS.heldMs], 'the refusal comes late')
    const other = places[kind].run('acc_b', work)
    await new Promise(setImmediate)
    t.equal(begun, running + 1, 'the other account has a place of its own')
    gate.resolve()
    await Promise.all([...all, other])
    t.equal(begun, running + waiting + 1, 'what waited was done')
    await places[kind].run('acc_a', work)
  })
}

t.test('work that fails gives its place back', async (t) => {
  const places = createAuthorQueues(manualClock())
  for (let n = 0; n < 50; n++)
    await t.rejects(
      places.simulations.run('acc_a', async () => {
        throw new Error('broken')
      }),
      /broken/
    )
  t.equal(await places.simulations.run('acc_a', async () => 1), 1)
})

t.test('the work of an account keeps to its pace after a burst; that of another one has its own', async (t) => {
  const clock = manualClock()
  const { simulations } = createAuthorQueues(clock)
  const { burst, perSecond } = AUTHOR_LIMITS.simulations
  const run = (account: string, count: number) =>
    Array.from({ length: count }).reduce<Promise<unknown>>(
      (before) => before.then(() => simulations.run(account, async () => {})),
      Promise.resolve()
    )
  await run('acc_a', burst)
  t.same(clock.paused, [])
  await run('acc_a', 3)
  t.same(
    clock.paused.map((ms) => Math.round(ms)),
    Array.from({ length: 3 }, () => 1000 / perSecond)
  )
  await run('acc_b', burst)
  t.equal(clock.paused.length, 3)
  clock.advance(1_000)
  await run('acc_a', perSecond)
  t.equal(clock.paused.length, 3, 'a second gives the work of a second')
})

t.test('no more than a few refusals of an account are held; the others come at once', async (t) => {
  const held: (() => void)[] = []
  const { simulations } = createAuthorQueues({
    now: () => 0,
    pause: () => new Promise<void>((resolve) => held.push(resolve))
  })
  const { running, waiting } = AUTHOR_LIMITS.simulations
  const gate = Promise.withResolvers<void>()
  const work = () => gate.promise
  const all = Array.from({ length: running + waiting }, () => simulations.run('acc_a', work))
  const late = Array.from({ length: REFUSALS.held }, () => t.rejects(simulations.run('acc_a', work)))
  await t.rejects(simulations.run('acc_a', work), { code: 'rate_limited' })
  t.equal(held.length, REFUSALS.held)
  for (const release of held.splice(0)) release()
  await Promise.all(late)
  const again = t.rejects(simulations.run('acc_a', work))
  await new Promise(setImmediate)
  t.equal(held.length, 1)
  for (const release of held.splice(0)) release()
  await again
  gate.resolve()
  // Those beyond the burst wait for their pace.
  const releasing = setInterval(() => held.splice(0).forEach((release) => release()), 1)
  await Promise.all(all)
  clearInterval(releasing)
})
