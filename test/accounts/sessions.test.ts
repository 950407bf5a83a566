import t from 'tap'
import { signIn, type SessionDeps } from '../../src/accounts/sessions.ts'
import { Secret } from '../../src/lib/secret.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('401: a sign-in with the old password that runs during a password change creates no session', async (t) => {
  const { client, services } = await startSluice(t)
  const { email, password, session } = await client.signUp()
  // As with a long hash queue: the password changes between the check of the old password and the new session.
  const passwordHasher: SessionDeps['passwordHasher'] = {
    ...services.passwordHasher,
    async inTurn(turn, work) {
      const owner = await services.passwordHasher.inTurn(turn, work)
      t.ok(owner)
      t.equal(
        (
          await client.call('POST', '/v1/account/password', {
            as: session,
            body: { password, newPassword: 'another pass phrase' }
          })
        ).status,
        204
      )
      return owner
    }
  }
  const late = signIn(
    { ...services, passwordHasher },
    { email, password: new Secret(password) },
    {
      kind: 'anonymous',
      ip: '127.0.0.1',
      requestId: 'req_late'
    }
  )
  await t.rejects(late, { code: 'invalid_token', why: 'password_changed_meanwhile' })
  const { rows } = await services.database.pool.query('select from session')
  t.equal(rows.length, 1, 'only the session that changed the password remains')
})
