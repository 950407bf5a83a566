import t from 'tap'
import {
  bootstrapAdmin,
  BootstrapError,
  DEFAULT_ADMIN_EMAIL,
  type BootstrapDeps
} from '../../src/accounts/bootstrap-admin.ts'
import { Secret } from '../../src/lib/secret.ts'
import { startSluice } from '../fixtures/sluice.ts'

const ADMIN = { email: 'Root@Example.com', password: new Secret('a long pass phrase for root') }

const { client, services } = await startSluice(t)
const accounts = services.database.prisma.account
let lines: string[] = []
const write = (...said: unknown[]) => {
  lines.push(JSON.stringify(said))
}
const deps: BootstrapDeps = { ...services, log: { info: write, warn: write } as unknown as BootstrapDeps['log'] }
const signIn = (email: string, password: Secret) =>
  client.call('POST', '/v1/sessions', { body: { email, password: password.reveal() } })

t.beforeEach(async () => {
  await accounts.deleteMany()
  lines = []
})

t.test('an empty embedded database gets an admin with a password that is returned once', async (t) => {
  const first = await bootstrapAdmin(deps, { admin: undefined, embedded: true })
  t.equal(first?.email, DEFAULT_ADMIN_EMAIL)
  t.match(first?.generated?.reveal(), /^[0-9A-Za-z]{24}$/)
  const session = await signIn(DEFAULT_ADMIN_EMAIL, first?.generated ?? new Secret(''))
  t.match([session.status, session.json.account?.role, session.json.account?.id], [201, 'admin', first?.accountId])
  t.equal(
    await bootstrapAdmin(deps, { admin: undefined, embedded: true }),
    undefined,
    'the second start creates no admin'
  )
  t.notOk(lines.join('').includes(first?.generated?.reveal() ?? '?'), 'the password is not in the log')
})

t.test('an external database gets no admin automatically, and the log explains how to create one', async (t) => {
  t.equal(await bootstrapAdmin(deps, { admin: undefined, embedded: false }), undefined)
  t.equal(await accounts.count(), 0)
  t.match(lines.join(''), /ADMIN_EMAIL/)
})

t.test('the configured admin is created if it does not exist, also beside other accounts', async (t) => {
  await client.signUp('Ada')
  const made = await bootstrapAdmin(deps, { admin: ADMIN, embedded: false })
  t.match(made, { email: 'root@example.com', generated: undefined })
  t.match((await signIn('root@example.com', ADMIN.password)).json, { account: { role: 'admin' } })
})

t.test('an account with the e-mail and another password stops the start, and is no admin', async (t) => {
  await client.signUp('Ada')
  const squatter = await client.signUp('Squatter')
  for (const role of ['user', 'admin']) {
    await accounts.update({ where: { id: squatter.id }, data: { role } })
    const error = await bootstrapAdmin(deps, { admin: { ...ADMIN, email: squatter.email }, embedded: false }).catch(
      (reason: unknown) => reason
    )
    t.ok(error instanceof BootstrapError)
    t.match((error as Error).message, /^ADMIN_EMAIL is the e-mail of an account whose password is not ADMIN_PASSWORD/)
    t.equal((await accounts.findUniqueOrThrow({ where: { id: squatter.id } })).role, role)
  }
})

t.test('an existing account is promoted if its password fits, and the log says so', async (t) => {
  const ada = await client.signUp('Ada')
  const bob = await client.signUp('Bob')
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 403)
  const asBob = { email: bob.email.toUpperCase(), password: new Secret(bob.password) }
  t.match(await bootstrapAdmin(deps, { admin: asBob, embedded: false }), {
    accountId: bob.id,
    email: bob.email
  })
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 200, 'at once')
  t.match(lines.join(''), /is now an admin; its password is unchanged/)
  const audit = await client.call('GET', `/v1/admin/audit?target=${bob.id}&action=account.role_changed`, {
    as: ada.session
  })
  t.match(audit.json.items, [{ actorKind: 'system', details: { from: 'user', to: 'admin' } }])

  lines = []
  await bootstrapAdmin(deps, { admin: asBob, embedded: false })
  t.strictSame(lines, [], 'the next start logs nothing')
  t.equal(
    await services.database.prisma.auditEvent.count({ where: { action: 'account.role_changed', target: bob.id } }),
    1
  )
})

t.test('a suspended account stays suspended', async (t) => {
  const ada = await client.signUp('Ada')
  const bob = await client.signUp('Bob')
  await client.call('PATCH', `/v1/admin/accounts/${bob.id}`, { as: ada.session, body: { suspended: true } })
  const asBob = { email: bob.email, password: new Secret(bob.password) }
  await bootstrapAdmin(deps, { admin: asBob, embedded: false })
  t.match((await client.call('GET', '/v1/account', { as: bob })).json, { code: 'account_suspended' })
  t.match(lines.join(''), /suspended and stays suspended/)
})

t.test('if several processes start at once, one creates the admin', async (t) => {
  const configured = await Promise.all([1, 2, 3].map(() => bootstrapAdmin(deps, { admin: ADMIN, embedded: false })))
  t.equal(new Set(configured.map((admin) => admin?.accountId)).size, 1)
  t.equal(await accounts.count(), 1)
})

t.test('if several processes start at once, one returns the generated password', async (t) => {
  const outcomes = (
    await Promise.all([1, 2, 3].map(() => bootstrapAdmin(deps, { admin: undefined, embedded: true })))
  ).filter((admin) => admin !== undefined)
  t.equal(outcomes.length, 1)
  t.equal(await accounts.count(), 1)
  t.equal(
    (await signIn(DEFAULT_ADMIN_EMAIL, outcomes[0]?.generated ?? new Secret(''))).status,
    201,
    'the returned password is the correct one'
  )
})

t.test('an invalid password is rejected with the reason, and the message does not contain it', async (t) => {
  for (const password of ['short', 'password123']) {
    const error = await bootstrapAdmin(deps, {
      admin: { email: 'root@example.com', password: new Secret(password) },
      embedded: false
    }).catch((reason: unknown) => reason)
    t.match(error, { message: /^ADMIN_PASSWORD / })
    t.notMatch((error as Error).message, password)
  }
  t.equal(await accounts.count(), 0)
})
