import t, { type Test } from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import { newId } from '../../../src/lib/ids.ts'
import { type Database, openDatabase } from '../../../src/platform/db/client.ts'
import { createReads, PROBE_EVERY_MS } from '../../../src/platform/db/reads.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { createToken } from '../../fixtures/echo-listener.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { until } from '../../fixtures/until.ts'

/** Two databases with different rows: what is read tells where. The second one can be cut off. */
async function open(t: Test, poolSize = 2) {
  const [mainUrl, otherUrl] = [(await testDatabase(t)).url, (await testDatabase(t)).url]
  const proxy = await startTcpProxy(t, otherUrl)
  const [main, replica] = [openDatabase({ url: mainUrl }), openDatabase({ url: proxy.url, poolSize })]
  t.teardown(() => Promise.all([main.close(), replica.close()]))
  const logged: string[] = []
  const log = {
    warn: (_: object, text: string) => logged.push(text),
    info: (_: object, text: string) => logged.push(text)
  }
  let now = 0
  const reads = createReads({ main, replica, log: log as never, now: () => now })
  const where = (database: Database): 'main' | 'replica' => (database === main ? 'main' : 'replica')
  const read = () => reads(async (database) => (await database.pool.query('select 1'), where(database)))
  return { main, replica, reads, read, where, proxy, logged, advance: (ms: number) => (now += ms) }
}

t.test('reads go to the replica, to the main database while it is away, and back', async (t) => {
  const { read, proxy, logged, advance } = await open(t)
  t.equal(await read(), 'replica')
  await proxy.cut()
  t.equal(await read(), 'main', 'the read that finds it away gets its answer')
  t.equal(await read(), 'main')
  t.match(logged, [/does not answer/], 'once')
  advance(PROBE_EVERY_MS)
  t.equal(await read(), 'main')
  await proxy.restore()
  t.equal(await read(), 'main', 'asked a moment ago')
  advance(PROBE_EVERY_MS)
  t.equal(await read(), 'main', 'a read waits for no probe')
  await until(async () => (await read()) === 'replica', 30_000, 'it is read again')
  t.match(logged, [/does not answer/, /answers again/])
})

t.test('a replica without the newest tables is not asked for them twice', async (t) => {
  const { replica, reads, where } = await open(t)
  await replica.pool.query('alter table run rename to run_of_before')
  const read = () => reads(async (database) => (await database.pool.query('select 1 from run'), where(database)))
  t.equal(await read(), 'main')
})

t.test('what is the fault of the caller, or took too long, is not done twice', async (t) => {
  const { reads, where } = await open(t, 1)
  const asked: string[] = []
  const failing = (error: Error) =>
    reads(async (database) => {
      asked.push(where(database))
      throw error
    })
  await t.rejects(failing(new Fault('validation_failed')), Fault)
  for (const slow of [
    ({ pool }: Database) => pool.query('select pg_sleep(5)'),
    ({ prisma }: Database) => prisma.$queryRaw`select pg_sleep(5)`
  ]) {
    const canceled = reads(async (database) => {
      asked.push(where(database))
      // One connection, whose statements are all too slow.
      await database.pool.query('set statement_timeout = 10')
      return slow(database)
    })
    await t.rejects(canceled)
  }
  t.same(asked, ['replica', 'replica', 'replica'])
  await t.rejects(failing(new TypeError('a bug')), TypeError)
  t.same(asked.slice(3), ['replica', 'main'])
})

t.test('200: lists come from the replica, single records and what is allowed from the main database', async (t) => {
  const other = await testDatabase(t)
  const proxy = await startTcpProxy(t, other.url)
  const { client, clock } = await startSluice(t, { readUrl: proxy.url })
  const owner = await client.signUp()
  const token = await createToken(t, client, owner)
  const replica = openDatabase({ url: other.url })
  t.teardown(() => replica.close())
  const at = new Date(clock.now())
  const runId = newId('run')
  await replica.pool.query(
    `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, request_id, caller, input,
                      started_at, finished_at)
     values ($1, $2, 'lsn', 'flw', 1, 'sync', 'succeeded', 'req_there', '{"kind":"token","ip":"::1"}', '{}', $3, $3)`,
    [runId, owner.workspaceId, at]
  )
  await replica.pool.query(
    `insert into audit_event (id, at, action, actor_kind, actor_id, workspace_id, details)
     values ('evt_there', $1, 'session.created', 'account', $2, $3, '{}')`,
    [at, owner.id, owner.workspaceId]
  )
  await replica.pool.query(`insert into token_day_usage values ($1, $2, 'accepted', 7)`, [token.id, at])
  await replica.pool.query(
    `insert into call_usage values ($1, 'lsn', $2, 'day', date_trunc('day', $3::timestamptz), 'answered', 7, null)`,
    [owner.workspaceId, token.id, at]
  )
  await replica.pool.query(
    `insert into recorded_call (id, request_id, at, outcome, status, code, reason, kind, token_id, ip, ms)
     values ('req_there', 'req_there', $2, 'refused', 401, 'invalid_token', 'revoked', 'token', $1, '::1', 1)`,
    [token.id, at]
  )
  const get = (path: string) => client.call('GET', path, { as: owner.session })
  const seen = async () => ({
    runs: (await get('/v1/runs')).json.items.map(({ id }: { id: string }) => id),
    requests: (await get('/v1/requests?outcome=answered')).json.items.map(({ runId }: { runId: string }) => runId),
    audit: (await get(`/v1/workspaces/${owner.workspaceId}/audit`)).json.items.some(
      ({ id }: { id: string }) => id === 'evt_there'
    ),
    mine: (await get('/v1/account/audit')).json.items.some(({ id }: { id: string }) => id === 'evt_there'),
    usage: (await get(`/v1/workspaces/${owner.workspaceId}/usage?by=token`)).json.items.map(
      ({ calls }: { calls: number }) => calls
    ),
    ofToken: (await get(`/v1/tokens/${token.id}/usage`)).json.days.map(({ calls }: { calls: number }) => calls),
    denials: (await get(`/v1/tokens/${token.id}/denials`)).json.items.map(({ id }: { id: string }) => id)
  })
  const there = {
    runs: [runId],
    requests: [runId],
    audit: true,
    mine: true,
    usage: [7],
    ofToken: [7],
    denials: ['req_there']
  }
  t.same(await seen(), there)
  t.equal((await get(`/v1/runs/${runId}`)).status, 404, 'one run is read where it is written')
  t.equal((await get(`/v1/tokens/tok_0000000000000000000000/usage`)).status, 404)

  await proxy.cut()
  const here = { runs: [], requests: [], audit: false, mine: false, usage: [], ofToken: [], denials: [] }
  t.same(await seen(), here)
  t.equal((await get('/readyz')).json.status, 'ready', 'the process is no worse for it')
  await proxy.restore()
  await until(async () => (await get('/v1/runs')).json.items.length === 1, 30_000, 'the replica is read again')
  t.same(await seen(), there)
})
