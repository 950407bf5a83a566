import t from 'tap'
import { endUnusedTokens } from '../../src/tokens/unused-tokens.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock, services } = await startSluice(t, { role: 'gateway' })
const admin = await client.signUp('Admin')
const ada = await client.signUp('Ada')
const workspace = await signingWorkspace(client, ada)
const listener = { id: workspace.listenerId, path: workspace.path }
const DAY = 86_400_000
let names = 0
/** By Basic: sessions end long before. */
const create = async (body: object = {}): Promise<{ id: string; token: string }> =>
  (await client.call('POST', '/v1/tokens', { as: ada, body: { name: `unused ${++names}`, days: 0, ...body } })).json
const { database, changes, audit, emit } = services
const run = () =>
  endUnusedTokens({ pool: database.pool, changes, clock, audit, publicUrl: 'https://sluice.test', emit })
const stateOf = async (id: string) =>
  (await client.call('GET', `/v1/tokens/${id}`, { as: ada })).json.revokeReason as string | null
const notices = async () =>
  (
    await database.pool.query<{ workspace_id: string; token: string; ends: string }>(
      `select workspace_id, event->'data'->>'tokenId' as token, event->'data'->>'expiresAt' as ends
         from outbox_event where event->>'type' = 'sluice.token.expiring'`
    )
  ).rows

t.test('a token ends once it was unused for so long, after a notice; one that is used lives', async (t) => {
  const used = await create()
  const unused = await create({ scope: { workspaces: [workspace.id] } })
  const elsewhere = await createToken(t, client, admin)
  const createdAt = clock.now()
  t.equal(await run(), 0, 'without a policy nothing ends')
  await client.call('PUT', `/v1/workspaces/${workspace.id}/policy`, { as: ada.session, body: { unusedDays: 30 } })

  clock.advance(22 * DAY)
  t.strictSame([await run(), await notices()], [0, []], 'too early for a notice')
  t.equal((await client.call('GET', listener.path, { as: used.token })).status, 200)
  await services.recorder.flush()
  clock.advance(2 * DAY)
  t.equal(await run(), 0)
  const [notice, ...more] = await notices()
  t.strictSame([notice?.token, notice?.workspace_id, more.length], [unused.id, workspace.id, 0])
  t.ok(Math.abs(Date.parse(notice?.ends ?? '') - (clock.now() + 7 * DAY)) < 60_000, 'a week from the notice')
  t.equal(await run(), 0, 'and only once')
  t.equal((await notices()).length, 1)

  clock.advance(6 * DAY)
  t.equal(await run(), 0, `day ${(clock.now() - createdAt) / DAY}: the week is not over`)
  clock.advance(1.1 * DAY)
  t.equal(await run(), 1)
  t.equal(await stateOf(unused.id), 'unused for 30 days')
  t.equal(await stateOf(used.id), null)
  t.equal((await client.call('GET', `/v1/tokens/${elsewhere.id}`, { as: admin })).json.revokedAt, null, 'not bound')
})

t.test(
  'a policy that is new, or a downtime, ends nothing without a notice; a use in between saves the token',
  async (t) => {
    const token = await create()
    const saved = await create()
    clock.advance(100 * DAY)
    t.equal(await run(), 0, 'the notice first')
    clock.advance(3 * DAY)
    t.equal((await client.call('GET', listener.path, { as: saved.token })).status, 200)
    await services.recorder.flush()
    clock.advance(5 * DAY)
    await run()
    t.equal(await stateOf(token.id), 'unused for 30 days')
    t.equal(await stateOf(saved.id), null)
  }
)
