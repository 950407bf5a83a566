import pg from 'pg'
import t from 'tap'
import { createEchoListener, createToken } from '../../fixtures/echo-listener.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { startStandby } from '../../fixtures/standby.ts'
import { until } from '../../fixtures/until.ts'

t.test(
  'lists are read from a standby that follows by replication',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { mainUrl, standbyUrl } = await startStandby(t)
    const reader = new pg.Client({ connectionString: standbyUrl })
    await reader.connect()
    t.teardown(() => reader.end())
    t.same((await reader.query('select pg_is_in_recovery() as standby')).rows, [{ standby: true }])

    const { client, logged } = await startSluice(t, { databaseUrl: mainUrl, readUrl: standbyUrl })
    const owner = await client.signUp()
    const listener = await createEchoListener(t, client, owner)
    const { token, id } = await createToken(t, client, owner)
    for (let calls = 0; calls < 5; calls++)
      t.equal((await client.call('POST', listener.path, { as: token, body: {} })).status, 200)
    const total = async (url: string): Promise<number> =>
      (await client.call('GET', url, { as: owner.session })).json.total
    await until(async () => (await total('/v1/runs')) === 5, 30_000, 'the runs arrive')
    await until(async () => (await total('/v1/requests')) === 5, 30_000, 'the requests arrive')
    t.ok((await total('/v1/account/audit')) > 0)
    const usage = async () => (await client.call('GET', `/v1/tokens/${id}/usage`, { as: owner.session })).json.days
    await until(async () => (await usage())[0]?.calls === 5, 30_000, 'the usage arrives')
    t.equal((await client.call('GET', `/v1/tokens/${id}/denials`, { as: owner.session })).status, 200)
    t.equal((await client.call('GET', `/v1/workspaces/${owner.workspaceId}/usage`, { as: owner.session })).status, 200)

    // It stops to replay: what it shows is from before.
    await reader.query('select pg_wal_replay_pause()')
    const paused = `select from pg_get_wal_replay_pause_state() as state where state = 'paused'`
    await until(async () => (await reader.query(paused)).rowCount === 1, 30_000, 'the replay pauses')
    t.equal((await client.call('POST', listener.path, { as: token, body: {} })).status, 200)
    t.equal(await total('/v1/runs'), 5, 'a list can be behind')
    await reader.query('select pg_wal_replay_resume()')
    await until(async () => (await total('/v1/runs')) === 6, 30_000, 'and catches up')
    t.notMatch(logged(), 'DATABASE_READ_URL does not answer', 'nothing that lists do needs to write')
  }
)
