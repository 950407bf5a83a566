import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test(
  'the periodic jobs of a gateway emit notices of expiring tokens, rotate the signing key, and delete expired keys ' +
    'and old denials',
  async (t) => {
    const { client, clock, services } = await startSluice(t)
    const owner = await client.signUp()
    const { pool } = services.database
    const token = await createToken(t, client, owner, { format: 'jwt', days: 80 })
    const kids = async (): Promise<string[]> =>
      (await client.call('GET', '/.well-known/jwks.json')).json.keys.map(({ kid }: { kid: string }) => kid)
    const told = async (): Promise<number> =>
      (await pool.query(`select from outbox_event where event ->> 'subject' = $1`, [token.id])).rowCount ?? 0
    const [first] = await kids()
    await pool.query(
      `insert into recorded_call (id, token_id, at, outcome, status, code, reason, kind, ip, ms, request_id)
       values ('req_old', $1, to_timestamp($2 / 1000.0), 'refused', 401, 'invalid_token', 'expired', 'token', '::1', 1,
               'req_x')`,
      [token.id, clock.now()]
    )
    const denials = async (): Promise<number> =>
      (await pool.query(`select from recorded_call where id = 'req_old'`)).rowCount ?? 0

    await services.periodicJobs.run()
    t.same([await kids(), await told(), await denials()], [[first], 0, 1], 'nothing is due')
    clock.advance(79 * DAY_MS)
    await services.periodicJobs.run()
    t.same([await kids(), await told(), await denials()], [[first], 1, 0])
    clock.advance(12 * DAY_MS)
    await services.periodicJobs.run()
    const [second, ...rest] = await kids()
    t.not(second, first)
    t.same(rest, [first], 'retired a moment ago')
    clock.advance(2 * DAY_MS)
    await services.periodicJobs.run()
    t.same(await kids(), [second], 'what it signed has expired')
  }
)

t.test('partitions are there before the first minute: a record is written once', async (t) => {
  const { client, services } = await startSluice(t)
  await services.periodicJobs.start()
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const { token } = await createToken(t, client, owner)
  t.equal((await client.call('GET', path, { headers: { authorization: `Bearer ${token}` } })).status, 200)
  await services.recorder.flush()
  const { rows } = await services.database.pool.query('select tableoid::regclass::text as partition from run')
  t.match(rows, [{ partition: /^run_until_\d{8}$/ }])
})
