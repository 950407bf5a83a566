import { randomBytes } from 'node:crypto'
import t from 'tap'
import pg from 'pg'
import { DAY_MS } from '../../../src/lib/clock.ts'
import { openAsApplication, separateRolesOf } from '../../../src/platform/db/separate-roles.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { echoFlow } from '../../fixtures/credentials.ts'
import { runSluice } from '../../fixtures/run-sluice.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'

t.test('a gateway whose role does not own the audit log', async (t) => {
  const { url: adminUrl } = await testDatabase(t)
  const role = `sluice_app_${randomBytes(6).toString('hex')}`
  // As an earlier version left it: the administrator's role made the tables of the queue.
  await (await runSluice({ databaseUrl: adminUrl })).close()
  const databaseUrl = await openAsApplication(adminUrl, role)
  const { client } = await startSluice(t, { databaseUrl })
  const admin = new pg.Client({ connectionString: adminUrl })
  const app = new pg.Client({ connectionString: databaseUrl })
  await Promise.all([admin.connect(), app.connect()])
  t.teardown(() => Promise.all([admin.end(), app.end()]))
  const owner = await client.signUp()

  await t.test('everything else works as before, durable runs too', async (t) => {
    const as = owner.session
    const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, { as, body: echoFlow() })
    const listener = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
      as,
      body: { name: 'x', flowId: flow.json.id, mode: 'async' }
    })
    const accepted = await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: owner, body: {} })
    t.equal(accepted.status, 202, accepted.text)
    const run = () => client.call('GET', `/v1/runs/${accepted.json.runId}`, { as })
    await until(async () => (await run()).json.status === 'succeeded', 30_000, 'the end of the run')
    t.equal((await client.call('GET', '/readyz')).status, 200)
    t.equal((await client.call('DELETE', `/v1/listeners/${listener.json.id}`, { as })).status, 204)
    t.match((await client.call('GET', '/v1/admin/audit', { as })).json.items[0], { action: 'listener.deleted' })
  })

  await t.test('the role can neither change, remove, forge nor unguard lines', async (t) => {
    for (const statement of [
      'alter table audit_event disable trigger all',
      'drop trigger audit_event_only_grows on audit_event',
      `update audit_event set action = 'x'`,
      'delete from audit_event',
      'truncate audit_event',
      'drop table audit_event cascade',
      `insert into audit_link values (0, 999, 'evt_x', '')`,
      'delete from audit_link',
      `create or replace function chain_audit_event() returns trigger language plpgsql as 'begin return null; end'`,
      `set session_replication_role = replica`,
      `set role sluice_audit`,
      `alter table audit_event owner to ${role}`
    ])
      await t.rejects(app.query(statement), { code: '42501' }, statement)
    const [before] = (await admin.query('select count(*)::int as count from audit_event')).rows
    t.ok(before.count > 0)
  })

  await t.test('the role makes and removes partitions of runs, and can drop no table itself', async (t) => {
    const day = Math.floor(Date.now() / DAY_MS) + 500
    t.same((await app.query('select make_run_partition($1) as done', [day])).rows, [{ done: true }])
    const name = `run_until_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`
    for (const statement of [`drop table ${name}`, `alter table run detach partition ${name}`, 'drop table run'])
      await t.rejects(app.query(statement), { code: '42501' }, statement)
    t.same((await app.query('select drop_run_partition($1) as done', [day])).rows, [{ done: true }])
    await t.rejects(app.query('select drop_run_partition(0)'), /there is no partition/)
  })

  await t.test('it can be repeated, as after every migration', async (t) => {
    await separateRolesOf(adminUrl, role)
    t.equal((await client.call('PATCH', '/v1/account', { as: owner.session, body: { name: 'Eve' } })).status, 200)
  })
})
