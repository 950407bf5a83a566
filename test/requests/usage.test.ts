import t from 'tap'
import { DAY_MS, HOUR_MS, startOfDay } from '../../src/lib/clock.ts'
import { LATENCY_BUCKETS, latencyBucket, quantileOf } from '../../src/requests/latency.ts'
import { trimCalls } from '../../src/requests/retention.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('a quantile is exact to 10 %, over the whole scale', async (t) => {
  for (const ms of [0.2, 1, 3.3, 47, 900, 65_000, 299_999]) {
    const [one = 0, hundred = 0] = [
      quantileOf([[latencyBucket(ms), 1]], 0.5),
      quantileOf([[latencyBucket(ms), 1]], 0.99)
    ]
    t.ok(Math.abs(one / ms - 1) < 0.1 && one === hundred, `${ms} is told as ${one}`)
  }
  t.equal(quantileOf([], 0.5), undefined)
  t.equal(
    quantileOf(
      [
        [0, 98],
        [40, 2]
      ],
      0.99
    ),
    quantileOf([[40, 1]], 0.5)
  )
  t.equal(
    quantileOf(
      [
        [0, 99],
        [40, 1]
      ],
      0.99
    ),
    quantileOf([[0, 1]], 0.5)
  )
  t.same([latencyBucket(0), latencyBucket(Number.NaN), latencyBucket(1e9)], [0, 0, LATENCY_BUCKETS - 1])
})

t.test('usage of workspaces and listeners', async (t) => {
  const { client, clock, services } = await startSluice(t)
  const owner = await client.signUp()
  const stranger = await client.signUp()
  const [first, second] = [await createEchoListener(t, client, owner), await createEchoListener(t, client, owner)]
  const token = await createToken(t, client, owner)
  const foreign = await createToken(t, client, stranger)
  const usage = async (path: string, as = owner.session) => (await client.call('GET', path, { as })).json.items
  const startedAt = clock.now()
  const hour = new Date(startedAt - (startedAt % HOUR_MS)).toISOString()
  const day = `${hour.slice(0, 10)}T00:00:00.000Z`

  for (const path of [first.path, first.path, second.path]) await client.call('GET', path, { as: token.token })
  await client.call('GET', first.path)
  await client.call('GET', first.path, { as: foreign.token })
  const times = { p50Ms: Number, p99Ms: Number }

  await t.test('by listener, token and outcome', async (t) => {
    const of = (by: string) => usage(`/v1/workspaces/${owner.workspaceId}/usage?by=${by}&unit=hour`)
    t.match(await of('listener'), [
      { at: hour, key: first.id, calls: 4, refused: 2, failed: 0, ...times },
      { at: hour, key: second.id, calls: 1, refused: 0, failed: 0, ...times }
    ])
    t.match(await of('token'), [
      { at: hour, key: token.id, calls: 3, refused: 0 },
      { at: hour, key: null, calls: 2, refused: 2 }
    ])
    t.match(await of('outcome'), [
      { at: hour, key: 'answered', calls: 3, refused: 0 },
      { at: hour, key: 'refused', calls: 2, refused: 2 }
    ])
    t.match(await usage(`/v1/listeners/${second.id}/usage`), [{ at: day, key: 'answered', calls: 1 }])
  })

  await t.test('404: for strangers, as if there were nothing', async (t) => {
    for (const path of [`/v1/workspaces/${owner.workspaceId}/usage`, `/v1/listeners/${first.id}/usage`])
      t.equal((await client.call('GET', path, { as: stranger.session })).status, 404)
  })

  await t.test('hours add up in days, between since and until', async (t) => {
    const start = startOfDay(clock.now()) + DAY_MS
    for (const hours of [1, 3]) {
      clock.advance(start + hours * HOUR_MS - clock.now())
      await client.call('GET', second.path, { as: token.token })
    }
    // Where the test runs soon after midnight, its session has ended by now.
    await client.signIn(owner)
    const path = `/v1/listeners/${second.id}/usage?by=listener`
    const next = new Date(start).toISOString()
    t.match(await usage(`${path}&since=${next}`), [{ at: next, calls: 2 }])
    t.equal((await usage(`${path}&until=${next}`)).length, 1)
    const hours = await usage(`${path}&unit=hour&since=${next}`)
    t.same(
      hours.map(({ at }: { at: string }) => at),
      [3, 1].map((n) => new Date(start + n * HOUR_MS).toISOString())
    )
    clock.advance(9 * DAY_MS)
    await trimCalls({ pool: services.database.pool, clock })
    const { email, password } = owner
    const session = (await client.call('POST', '/v1/sessions', { body: { email, password } })).json.token
    t.same(await usage(`${path}&unit=hour&since=${next}`, session), [], 'hours are kept for 8 days')
    t.match(await usage(`${path}&since=${next}`, session), [{ at: next, calls: 2 }], 'days for longer')
  })
})
