import t from 'tap'
import { noticeExpiringTokens } from '../../src/tokens/expiry-notices.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test(
  'notices are sent 14, 7 and 1 days before a token expires, each once, to the workspaces of the token',
  async (t) => {
    const { client, clock, services } = await startSluice(t)
    const owner = await client.signUp()
    const other = await client.signUp()
    const listener = await createEchoListener(t, client, owner)
    const long = await createToken(t, client, owner, { name: 'long', days: 30, scope: { listeners: [listener.id] } })
    await createToken(t, client, owner, { name: 'short', days: 1 })
    await createToken(t, client, owner, { name: 'for ever', days: 0 })
    const rotated = await createToken(t, client, owner, { name: 'rotated', days: 30 })
    await client.call('POST', `/v1/tokens/${rotated.id}/rotate`, {
      as: owner.session,
      body: { password: owner.password, overlapSeconds: 3600 }
    })
    const told: [string, number, string][] = []
    const run = () =>
      noticeExpiringTokens({
        pool: services.database.pool,
        clock,
        publicUrl: 'https://sluice.example',
        mailer: services.mailer,
        async emit(workspaceId, { data, type }, key) {
          t.equal(type, 'sluice.token.expiring')
          t.notMatch(JSON.stringify(data), long.token)
          if (data.tokenId === long.id) told.push([workspaceId, data.daysLeft, key])
          else t.equal(data.name, 'rotated', 'only the token that replaced it')
        }
      })

    t.equal(await run(), 0, 'no notice is due yet, and none for a token issued for a day')
    for (const [advance, days] of [
      [16, 14],
      [7, 7],
      [6, 1]
    ] as const) {
      clock.advance(advance * DAY_MS)
      await run()
      t.equal(await run(), 0, 'once')
      t.match(told.at(-1), [owner.workspaceId, days, `token-expiring/${long.id}/${days}/${owner.workspaceId}`])
    }
    t.equal(told.length, 3)
    t.notOk(told.some(([workspaceId]) => workspaceId === other.workspaceId))

    const late = await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
    const paused = await createToken(
      t,
      client,
      { ...owner, session: late.json.token },
      { name: 'paused', days: 30, scope: { listeners: [listener.id] } }
    )
    clock.advance(29.5 * DAY_MS)
    const days: number[] = []
    await noticeExpiringTokens({
      pool: services.database.pool,
      clock,
      publicUrl: '',
      mailer: services.mailer,
      emit: async (_workspace, { data }) => {
        if (data.tokenId === paused.id) days.push(data.daysLeft)
      }
    })
    t.same(days, [1], 'after downtime, only the shortest notice')
  }
)

t.test('the notice reaches the outbox of the workspace', async (t) => {
  const { client, clock, services } = await startSluice(t)
  const owner = await client.signUp()
  const token = await createToken(t, client, owner, { days: 30 })
  clock.advance(20 * DAY_MS)
  await services.periodicJobs.run()
  const session = (
    await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
  ).json.token
  const { json } = await client.call('GET', `/v1/workspaces/${owner.workspaceId}/events`, { as: session })
  t.match(JSON.stringify(json.items), new RegExp(`sluice\\.token\\.expiring.*${token.id}`))
})
