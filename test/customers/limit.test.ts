import t from 'tap'
import { PROVISIONS_WAITING_MAX } from '../../src/customers/provision.ts'
import { WORKSPACE_LIMITS } from '../../src/workspaces/quotas.ts'
import { signingWorkspace, type SigningWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, services } = await startSluice(t, { databaseTimeoutMs: 60_000 })
const { pool } = services.database
const owner = await client.signUp('Ada')

const call = (workspace: SigningWorkspace, claims: object) =>
  client.call('GET', workspace.path, { as: workspace.sign({ ...claims }) })
/** The stored count, and the number of rows. */
async function countsOf({ id }: SigningWorkspace): Promise<{ counted: number; rows: number }> {
  const {
    rows: [row]
  } = await pool.query(
    `select customer_count as counted, (select count(*)::int from customer where workspace_id = w.id) as rows
       from workspace w where id = $1`,
    [id]
  )
  return row
}
/** Inserts customers until only this many places are left. */
async function fill({ id }: SigningWorkspace, places: number): Promise<void> {
  const { rowCount } = await pool.query(
    `
    insert into customer (id, workspace_id, external_id, created_at, last_active_at)
    select 'cus_' || lpad(n::text, 22, '0'), $1, 'filler-' || n, now(), now()
      from generate_series(1, $2::int - (select customer_count from workspace where id = $1)) n`,
    [id, WORKSPACE_LIMITS.customers - places]
  )
  await pool.query('update workspace set customer_count = customer_count + $2 where id = $1', [id, rowCount])
}

t.test('409: a workspace has at most 100,000 customers; existing ones keep working', async (t) => {
  const workspace = await signingWorkspace(client, owner)
  t.equal((await call(workspace, { id: 'known' })).status, 200)
  await fill(workspace, 3)

  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => call(workspace, { id: `new-${index}` })))
  t.strictSame(
    answers.map(({ status }) => status).sort(),
    [200, 200, 200, ...Array.from({ length: 17 }, () => 409)],
    'even if they arrive at once'
  )
  t.match(answers.find(({ status }) => status === 409)?.json, {
    code: 'conflict',
    detail: 'There can be at most 100000 customers in a workspace.'
  })
  t.strictSame(await countsOf(workspace), { counted: WORKSPACE_LIMITS.customers, rows: WORKSPACE_LIMITS.customers })

  t.equal(
    (await call(workspace, { id: 'known', name: 'Of another name', iat: Math.floor(Date.now() / 1000) })).json.caller
      .name,
    'Of another name'
  )
  t.equal(
    (await client.call('GET', '/v1/self', { as: workspace.sign({ id: 'newer' }) })).status,
    409,
    'at every endpoint'
  )

  t.equal(
    (await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/known`, { as: owner.session })).status,
    204
  )
  t.equal((await call(workspace, { id: 'newer' })).status, 200, 'a deletion frees a place')
  t.equal((await call(workspace, { id: 'newest' })).status, 409, 'for one')
  t.equal(
    (await client.call('DELETE', `/v1/workspaces/${workspace.id}`, { as: owner.session })).status,
    204,
    'a full workspace can be deleted'
  )
})

t.test('409: of two provisions that both saw the last place, one is rolled back', async (t) => {
  const workspace = await signingWorkspace(client, owner)
  await pool.query('update workspace set customer_count = $2 where id = $1', [
    workspace.id,
    WORKSPACE_LIMITS.customers - 1
  ])
  const blocker = await pool.connect()
  try {
    // Lets both insert their customer, and blocks both from being counted.
    await blocker.query('begin')
    await blocker.query('select 1 from workspace where id = $1 for no key update', [workspace.id])
    const answers = ['one', 'two'].map((id) => call(workspace, { id }))
    await until(
      async () =>
        (
          await pool.query(
            `select from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock' and query ilike '%update workspace set%'`
          )
        ).rowCount === 2,
      30_000,
      'both wait to be counted'
    )
    await blocker.query('rollback')
    t.strictSame((await Promise.all(answers)).map(({ status }) => status).sort(), [200, 409])
  } finally {
    blocker.release()
  }
  t.strictSame(await countsOf(workspace), { counted: WORKSPACE_LIMITS.customers, rows: 1 })
})

t.test('many concurrent first calls of one customer count once', async (t) => {
  const workspace = await signingWorkspace(client, owner)
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(workspace, { id: 'same' })))
  t.ok(answers.every(({ status }) => status === 200))
  t.strictSame(await countsOf(workspace), { counted: 1, rows: 1 })
})

t.test('429: too many new customers of one workspace at once; another workspace is not affected', async (t) => {
  const [flooded, other] = [await signingWorkspace(client, owner), await signingWorkspace(client, owner)]
  await call(flooded, { id: 'known' })
  const blocker = await pool.connect()
  try {
    await blocker.query('begin')
    await blocker.query('select 1 from workspace where id = $1 for update', [flooded.id])
    const excess = 5
    const taken = PROVISIONS_WAITING_MAX + 2
    const answers = Array.from({ length: taken + excess }, (_, index) => call(flooded, { id: `flood-${index}` }))
    let refused = 0
    await new Promise<void>((resolve) => {
      for (const answer of answers)
        void answer.then(() => {
          if (++refused === excess) resolve()
        })
    })
    t.equal((await call(other, { id: 'calm' })).status, 200, 'while no call of the flood has succeeded')
    t.equal((await call(flooded, { id: 'known' })).status, 200, 'known customers are not affected')
    t.match(
      await call(flooded, { id: 'known', name: 'Renamed' }),
      { status: 200, json: { caller: { name: 'Renamed' } } },
      'whatever is new of them'
    )
    await blocker.query('rollback')
    const done = await Promise.all(answers)
    t.strictSame(done.filter(({ status }) => status === 200).length, taken)
    const rejected = done.filter(({ status }) => status !== 200)
    t.equal(rejected.length, excess)
    for (const { status, json, headers } of rejected)
      t.match(
        { status, code: json.code, retry: headers['retry-after'], left: headers.ratelimit },
        { status: 429, code: 'rate_limited', retry: '1', left: '"new-customers";r=0;t=1' }
      )
  } finally {
    blocker.release()
  }
  t.equal(
    (await client.call('GET', `/v1/workspaces/${flooded.id}/customers/known`, { as: owner.session })).json.name,
    'Renamed',
    'is kept'
  )
  t.strictSame(await countsOf(flooded), { counted: PROVISIONS_WAITING_MAX + 3, rows: PROVISIONS_WAITING_MAX + 3 })
})
