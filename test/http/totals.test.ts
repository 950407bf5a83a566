import t from 'tap'
import { TOTAL_MAX } from '../../src/platform/db/page.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock, services } = await startSluice(t)
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')
const { pool } = services.database
const workspace = ada.workspaceId

/** Each list with filters, a filter that leaves two rows, and what makes another `count` rows of it. */
const LISTS: { path: string; two: string; fill(count: number): Promise<unknown> }[] = [
  { path: '/v1/tokens', two: 'q=pair', fill: fillTokens },
  { path: '/v1/admin/tokens', two: 'q=pair', fill: async () => {} },
  { path: '/v1/requests', two: 'reason=expired', fill: fillRequests },
  { path: '/v1/admin/audit', two: 'action=flow.deleted', fill: fillAudit },
  { path: '/v1/account/audit', two: 'action=flow.deleted', fill: async () => {} },
  { path: `/v1/workspaces/${workspace}/audit`, two: 'action=flow.deleted', fill: async () => {} },
  {
    path: '/v1/admin/accounts',
    two: 'q=pair',
    fill: (count) =>
      pool.query(
        `insert into account (id, email, name, password_hash, created_at)
         select 'acc_many' || n, 'many' || n || '@example.com', case when n <= 2 then 'pair' else 'many' end, 'x', $2
           from generate_series(1, $1::int) n`,
        [count, new Date(clock.now())]
      )
  },
  {
    path: '/v1/admin/workspaces',
    two: 'q=pair',
    fill: (count) =>
      pool.query(
        `insert into workspace (id, name, key, secret, created_at)
         select 'wsp_many' || n, case when n <= 2 then 'pair' else 'many' end, 'key' || n, 'x', $2
           from generate_series(1, $1::int) n`,
        [count, new Date(clock.now())]
      )
  }
]

t.test('every list with filters says how much fits them, exactly to a thousand', async (t) => {
  const list = async (path: string, query: string) =>
    (await client.call('GET', `${path}?${query}`, { as: ada.session })).json
  for (const { path, two, fill } of LISTS) {
    await fill(TOTAL_MAX + 1)
    const filtered = await list(path, `${two}&limit=1`)
    t.strictSame([filtered.items.length, filtered.total], [1, 2], `${path}: the total is that of all pages`)
    const next = await list(path, `${two}&limit=1&cursor=${filtered.nextCursor}`)
    t.strictSame([next.items.length, next.total, next.nextCursor], [1, 2, null], `${path}: and of each page`)
    t.equal((await list(path, 'limit=1')).total, '1000+', `${path}: beyond a thousand`)
    t.strictSame(
      await list(path, `${two}&until=1999-01-01T00:00:00Z`).then(({ total, status }) => total ?? status),
      /audit|requests/.test(path) ? 0 : 400,
      `${path}: nothing fits`
    )
  }
})

t.test('a total counts what the reader may see and nothing else', async (t) => {
  for (const path of ['/v1/tokens', '/v1/requests', '/v1/account/audit']) {
    const { json } = await client.call('GET', path, { as: bob.session })
    t.equal(json.total, json.items.length, path)
    t.ok(json.total < 10, path)
  }
})

async function fillTokens(count: number): Promise<void> {
  await pool.query(
    `insert into token (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips,
                        created_at)
     select 'tok_many' || n, $1, case when n <= 2 then 'pair' || n else 'many' || n end, 'opaque',
            sha256(n::text::bytea), 'slc_many', '{}', '{}', '{}', $3
       from generate_series(1, $2::int) n`,
    [ada.id, count, new Date(clock.now())]
  )
}

async function fillRequests(count: number): Promise<void> {
  await pool.query(
    `insert into recorded_call (id, request_id, at, outcome, status, code, reason, workspace_id, kind, ip, ms)
     select 'req_many' || n, 'many' || n, $3, 'refused', 401, 'invalid_token',
            case when n <= 2 then 'expired' else 'revoked' end, $1, 'token', '192.0.2.7', 1
       from generate_series(1, $2::int) n`,
    [workspace, count, new Date(clock.now())]
  )
}

async function fillAudit(count: number): Promise<void> {
  await pool.query(
    `insert into audit_event (id, at, action, actor_kind, actor_id, workspace_id, details)
     select 'evt_many' || n, $4, case when n <= 2 then 'flow.deleted' else 'flow.updated' end, 'account', $2, $1, '{}'
       from generate_series(1, $3::int) n`,
    [workspace, ada.id, count, new Date(clock.now())]
  )
}
