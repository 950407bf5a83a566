import t from 'tap'
import { AUTHOR_LIMITS, createAuthorPlaces } from '../../src/flows/author-limits.ts'

for (const kind of ['simulations', 'validations'] as const) {
  t.test(`429: beyond the running and the waiting ${kind} of an account, whose places nobody else takes`, async (t) => {
    const places = createAuthorPlaces()
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
  const places = createAuthorPlaces()
  for (let n = 0; n < 50; n++)
    await t.rejects(
      places.simulations.run('acc_a', async () => {
        throw new Error('broken')
      }),
      /broken/
    )
  t.equal(await places.simulations.run('acc_a', async () => 1), 1)
})
