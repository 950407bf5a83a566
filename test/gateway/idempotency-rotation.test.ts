import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('an Idempotency-Key belongs to the caller, across every rotation of its token', async (t) => {
  const { client } = await startSluice(t)
  const owner = await client.signUp('Ada')
  const { path } = await createEchoListener(t, client, owner)
  const first = await createToken(t, client, owner)
  const call = (token: string) =>
    client.call('POST', path, { as: token, body: { a: 1 }, headers: { 'Idempotency-Key': 'one' } })
  const rotate = async (id: string) =>
    (
      await client.call('POST', `/v1/tokens/${id}/rotate`, {
        as: owner.session,
        body: { password: owner.password, overlapSeconds: 60 }
      })
    ).json
  const answered = await call(first.token)
  t.equal(answered.status, 200)
  const second = await rotate(first.id)
  const third = await rotate(second.id)
  for (const { token } of [second, third, first]) {
    const again = await call(token)
    t.equal(again.headers['sluice-run-id'], answered.headers['sluice-run-id'])
    t.same(again.json, answered.json)
  }
  const stranger = await createToken(t, client, owner)
  t.not((await call(stranger.token)).headers['sluice-run-id'], answered.headers['sluice-run-id'], 'another token')
})
