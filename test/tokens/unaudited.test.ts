import t from 'tap'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('503: no token is issued, rotated or revoked while the audit log cannot be written', async (t) => {
  const { client, services } = await startSluice(t)
  const owner = await client.signUp()
  const { pool } = services.database
  const kept = await createToken(t, client, owner)
  const create = () =>
    client.call('POST', '/v1/tokens', {
      as: owner.session,
      body: { name: 'unaudited', days: 0, password: owner.password }
    })
  const calls = {
    create,
    rotate: () =>
      client.call('POST', `/v1/tokens/${kept.id}/rotate`, {
        as: owner.session,
        body: { password: owner.password, overlapSeconds: 60 }
      }),
    revoke: () => client.call('DELETE', `/v1/tokens/${kept.id}`, { as: owner.session })
  }
  const tokens = async () =>
    (await pool.query('select id, revoked_at, replaced_by_id, expires_at from token order by id')).rows
  const before = await tokens()
  await pool.query(
    `create function full_disk() returns trigger language plpgsql as
       $$ begin raise exception 'no space left' using errcode = '53100'; end $$`
  )
  await pool.query(
    'create trigger full_disk before insert on audit_event for each statement execute function full_disk()'
  )
  for (const [name, call] of Object.entries(calls))
    t.match(await call(), { status: 503, json: { code: 'unavailable' } }, name)
  t.same(await tokens(), before, 'nothing happened')
  await pool.query('drop trigger full_disk on audit_event')
  t.equal((await create()).status, 201)
})
