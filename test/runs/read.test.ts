import t from 'tap'
import { newId } from '../../src/lib/ids.ts'
import { startSluice } from '../fixtures/sluice.ts'

const {
  client,
  services: { database }
} = await startSluice(t, { role: 'gateway' })
const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
const second = (await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'second' } })).json
  .id as string
const [listenerId, otherListenerId] = [newId('lsn'), newId('lsn')]
const START = Date.parse('2026-11-01T00:00:00Z')

interface Inserted {
  id: string
  workspaceId: string
  listenerId: string
  status: string
  at: number
}

/** Runs of both workspaces of Ada and of the one of Bob, alternating, some of them in the same millisecond. */
const inserted: Inserted[] = []
for (let n = 0; n < 60; n++) {
  inserted.push({
    id: newId('run'),
    workspaceId: [ada.workspaceId, second, bob.workspaceId][n % 3] as string,
    listenerId: n % 4 === 0 ? listenerId : otherListenerId,
    status: n % 5 === 0 ? 'failed' : 'succeeded',
    at: START + Math.floor(n / 7) * 1000
  })
}
for (const { id, workspaceId, listenerId, status, at } of inserted) {
  await database.pool.query(
    `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, request_id, caller, input,
                      started_at, finished_at)
    values ($1, $2, $3, 'flw', 1, 'sync', $4, 'req', '{}', '{}', $5, $5)`,
    [id, workspaceId, listenerId, status, new Date(at)]
  )
}

/** The expected list, in order. */
function expected(keep: (run: Inserted) => boolean): string[] {
  return inserted
    .filter((run) => run.workspaceId !== bob.workspaceId && keep(run))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)
}

async function pages(query: string, limit: number): Promise<string[]> {
  const ids: string[] = []
  let cursor = ''
  do {
    const page = await client.call('GET', `/v1/runs?limit=${limit}${query}${cursor}`, { as: ada.session })
    t.ok(page.json.items.length <= limit)
    ids.push(...page.json.items.map(({ id }: { id: string }) => id))
    cursor = page.json.nextCursor === null ? '' : `&cursor=${page.json.nextCursor}`
  } while (cursor !== '')
  return ids
}

t.test('200: the runs of all my workspaces, newest first, each once, in pages of any size', async (t) => {
  for (const limit of [1, 7, 40, 200])
    t.strictSame(
      await pages('', limit),
      expected(() => true),
      `${limit} a page`
    )
})

t.test('200: filters combine, on every page', async (t) => {
  const since = new Date(START + 3_000).toISOString()
  t.strictSame(
    await pages('&status=failed', 3),
    expected(({ status }) => status === 'failed')
  )
  t.strictSame(
    await pages(`&listenerId=${listenerId}`, 3),
    expected((run) => run.listenerId === listenerId)
  )
  t.strictSame(
    await pages(`&since=${since}`, 3),
    expected(({ at }) => at >= START + 3_000)
  )
  t.strictSame(
    await pages(`&since=${since}&status=succeeded&listenerId=${otherListenerId}`, 2),
    expected((run) => run.at >= START + 3_000 && run.status === 'succeeded' && run.listenerId === otherListenerId)
  )
  t.strictSame(await pages('&status=waiting', 3), [])
})

t.test('400: a cursor that no list returned', async (t) => {
  t.match((await client.call('GET', '/v1/runs?cursor=abc', { as: ada.session })).json, {
    code: 'validation_failed',
    errors: [{ pointer: '/cursor' }]
  })
})

t.test('listing failed or live runs uses an index of its own', async (t) => {
  const { rows } = await database.pool.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where tablename = 'run' and indexname like '%status_idx'`
  )
  t.strictSame(
    rows.map(({ indexdef }) => /WHERE .*$/.exec(indexdef)?.[0]),
    Array(3).fill(`WHERE (status <> 'succeeded'::text)`)
  )
})
