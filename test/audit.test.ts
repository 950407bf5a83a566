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
  await client.call('POST', '/v1/workspaces', { as: { email: bob.email, password: wrong }, body: { name: 'x' } })
  await client.call('POST', '/v1/sessions', { body: { email: 'nobody@example.com', password: wrong } })
  const page = await list('?action=password.refused')
  t.strictSame(
    page.items.map(({ actorId, target, details }: Line & { details: object }) => [actorId, target, details]),
    [
      [null, null, { via: 'session' }],
      [null, bob.id, { via: 'basic' }],
      [null, bob.id, { via: 'session' }],
      [bob.id, bob.id, { via: 'confirmation', during: 'token creation' }]
    ],
    'each names the account that was tried, where there is one'
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

t.test('200: people read what they did, and what was done to them and their tokens', async (t) => {
  const mine = async (query = '', as = bob.session) =>
    (await client.call('GET', `/v1/account/audit${query}`, { as })).json.items
  const body = { name: 'leaky', days: 0, password: bob.password }
  const token = (await client.call('POST', '/v1/tokens', { as: bob.session, body })).json
  await client.call('DELETE', `/v1/admin/tokens/${token.id}`, { as: ada.session, body: { reason: 'published' } })
  await client.call('PATCH', '/v1/account', { as: ada.session, body: { name: 'Ada L.' } })
  t.match(
    (await mine('?limit=2')).map((line: Line) => ({ ...line })),
    [
      { action: 'token.revoked', actorId: ada.id, actorName: 'Ada L.', target: token.id, targetName: 'leaky' },
      { action: 'token.created', actorId: bob.id, target: token.id }
    ]
  )
  const all: Line[] = await mine('?limit=200')
  t.equal(new Set(all.map(({ id }) => id)).size, all.length)
  t.notOk(all.some(({ action, actorId }) => action === 'account.updated' && actorId === ada.id))
  const kinds = new Set((await mine('?action=token.*')).map(({ action }: Line) => action))
  t.strictSame([...kinds].sort(), ['token.created', 'token.revoked'])
  const last = all.at(0)
  t.strictSame(
    (await mine(`?requestId=${last?.requestId}&ip=127.0.0.1`)).map(({ id }: Line) => id),
    [last?.id]
  )
})

t.test('200: owners read the log of their workspace, in pages; 403 for its viewers, 404 for strangers', async (t) => {
  const base = `/v1/workspaces/${bob.workspaceId}`
  const eve = await client.signUp('Eve')
  const members = await client.call('GET', `${base}/audit`, { as: eve.session })
  t.equal(members.status, 404)
  for (const name of ['one', 'two', 'three'])
    await client.call('PUT', `${base}/secrets/${name}`, { as: bob.session, body: { value: 'x' } })
  const seen: string[] = []
  let cursor = ''
  do {
    const page = (await client.call('GET', `${base}/audit?action=secret.*&limit=2${cursor}`, { as: bob.session })).json
    seen.push(...page.items.map(({ target, workspaceId }: Record<string, string>) => `${workspaceId} ${target}`))
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
  } while (cursor !== '')
  t.equal(seen.length, 3)
  t.ok(seen.every((line) => line.startsWith(bob.workspaceId)))
  await services.database.prisma.member.create({
    data: { workspaceId: bob.workspaceId, accountId: eve.id, role: 'viewer', createdAt: new Date(clock.now()) }
  })
  clock.advance(120_000)
  t.equal((await client.call('GET', `${base}/audit`, { as: eve.session })).status, 403)
})
