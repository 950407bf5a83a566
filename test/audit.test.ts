import t from 'tap'
import { startSluice } from './fixtures/sluice.ts'

const { client, clock, services } = await startSluice(t)
const ada = await client.signUp('Ada')
clock.advance(60_000)
const bob = await client.signUp('Bob')
const list = async (query = '') => (await client.call('GET', `/v1/admin/audit${query}`, { as: ada.session })).json

interface Line {
  id: string
  at: string
  action: string
  actorId: string | null
  target: string | null
  requestId: string | null
}

t.test('200: entries, newest first, with actor, address and request', async (t) => {
  const created = await client.call('POST', '/v1/tokens', {
    as: bob.session,
    body: { name: 'warehouse', days: 0, password: bob.password }
  })
  const [line] = (await list()).items
  t.match(line, {
    id: /^evt_/,
    at: /Z$/,
    action: 'token.created',
    actorKind: 'account',
    actorId: bob.id,
    target: created.json.id,
    workspaceId: null,
    ip: '127.0.0.1',
    requestId: created.headers['x-request-id'],
    details: { name: 'warehouse', format: 'opaque' }
  })
})

t.test('200: a wrong password adds an entry, without the password', async (t) => {
  const wrong = 'not-the-password-of-bob'
  await client.call('POST', '/v1/tokens', { as: bob.session, body: { name: 'x', days: 0, password: wrong } })
  await client.call('POST', '/v1/sessions', { body: { email: bob.email, password: wrong } })
  const page = await list('?action=password.refused')
  t.strictSame(
    page.items.map(({ actorId, details }: { actorId: string | null; details: object }) => [actorId, details]),
    [
      [null, { during: 'sign-in' }],
      [bob.id, { during: 'token creation' }]
    ]
  )
  const all = JSON.stringify(await list('?limit=200'))
  for (const secret of [wrong, bob.password, ada.password, bob.session, ada.session]) t.notOk(all.includes(secret))
})

t.test('200: entries are found by actor, action, target and time', async (t) => {
  const all: Line[] = (await list('?limit=200')).items
  const ids = (lines: Line[]) => lines.map(({ id }) => id)
  t.ok(all.length >= 8)
  t.strictSame(
    ids((await list(`?limit=200&actorId=${bob.id}`)).items),
    ids(all.filter(({ actorId }) => actorId === bob.id))
  )
  t.strictSame(
    ids((await list('?action=session.created')).items),
    ids(all.filter(({ action }) => action === 'session.created'))
  )
  t.strictSame(ids((await list(`?target=${bob.id}`)).items), ids(all.filter(({ target }) => target === bob.id)))
  const middle = all.find(({ target, action }) => target === bob.id && action === 'account.created')?.at ?? ''
  const since: Line[] = (await list(`?limit=200&since=${middle}`)).items
  const until: Line[] = (await list(`?limit=200&until=${middle}`)).items
  t.strictSame(ids(since), ids(all.filter(({ at }) => at >= middle)), 'since is inclusive')
  t.strictSame(ids(until), ids(all.filter(({ at }) => at < middle)), 'until is exclusive')
  t.ok(since.length > 0 && until.length > 0)
  t.strictSame((await list('?action=flow.deleted')).items, [])
})

t.test('200: pages follow each other without a gap, even if many entries have the same time', async (t) => {
  const at = new Date('2001-01-01T00:00:00Z')
  await services.database.prisma.auditEvent.createMany({
    data: Array.from({ length: 7 }, (_, index) => ({
      id: `evt_000000000000000000000${index}`,
      at,
      action: 'test.same_time',
      actorKind: 'system',
      details: {}
    }))
  })
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: Line[]; nextCursor: string | null } = await list(
      `?action=test.same_time&limit=2${cursor && `&cursor=${cursor}`}`
    )
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.strictSame(
    seen,
    [6, 5, 4, 3, 2, 1, 0].map((index) => `evt_000000000000000000000${index}`)
  )
})

t.test('400: an invalid query', async (t) => {
  const queries = [
    '?since=yesterday',
    '?since=2026-11-21',
    '?since=2016-12-31T23:59:60Z',
    '?until=0000-01-01T00:00:00Z',
    '?action=everything',
    '?actorId=a%27b',
    '?target=a%00b',
    '?limit=0',
    '?cursor=!',
    '?q=x'
  ]
  for (const query of queries)
    t.match(
      (await client.call('GET', `/v1/admin/audit${query}`, { as: ada.session })).json,
      { code: 'validation_failed' },
      query
    )
})

t.test('403: only admins can read the log', async (t) => {
  t.equal((await client.call('GET', '/v1/admin/audit', { as: bob.session })).status, 403)
  t.equal((await client.call('GET', '/v1/admin/audit')).status, 401)
})

t.test('the counts by action match the written entries', async (t) => {
  const rows = await services.database.prisma.auditEvent.groupBy({
    by: ['action'],
    _count: true,
    where: { action: { not: 'test.same_time' } }
  })
  t.strictSame(services.audit.counts(), Object.fromEntries(rows.map(({ action, _count }) => [action, _count])))
})
