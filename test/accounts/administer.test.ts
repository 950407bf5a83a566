import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, services } = await startSluice(t)
const ada = await client.signUp('Ada')
const patchAccount = (by: Person, of: Person, body: object) =>
  client.call('PATCH', `/v1/admin/accounts/${of.id}`, { as: by.session, body })
const newToken = async (of: Person, format: string): Promise<string> =>
  (
    await client.call('POST', '/v1/tokens', {
      as: of.session,
      body: { name: format, days: 0, format, password: of.password }
    })
  ).json.token
const auditOf = async (target: string) =>
  (await client.call('GET', `/v1/admin/audit?target=${target}`, { as: ada.session })).json.items

t.test('403: only an admin changes accounts, whatever the id', async (t) => {
  const bob = await client.signUp('Bob')
  for (const id of [bob.id, ada.id, 'acc_nobody']) {
    const answer = await client.call('PATCH', `/v1/admin/accounts/${id}`, { as: bob.session, body: { role: 'admin' } })
    t.match([answer.status, answer.json.code], [403, 'insufficient_scope'])
  }
  t.equal((await client.call('GET', '/v1/account', { as: bob.session })).json.role, 'user')
})

t.test(
  '401: a suspension stops every credential of the account on the next call; restored tokens work again',
  async (t) => {
    const bob = await client.signUp('Bob')
    const opaque = await newToken(bob, 'opaque')
    const jwt = await newToken(bob, 'jwt')
    const self = (as: string | Person) => client.call('GET', '/v1/account', { as })
    // A token cannot manage but is valid: 403, not 401. Used now, so that it is cached when the suspension comes.
    t.equal((await self(opaque)).status, 403)
    t.equal((await self(jwt)).status, 403)
    t.equal((await self(bob)).status, 200)

    const answer = await patchAccount(ada, bob, { suspended: true })
    t.equal(answer.status, 200)
    t.match(answer.json, { id: bob.id, suspended: true, suspendedAt: /Z$/ })
    t.equal((await self(opaque)).status, 401)
    t.equal((await self(jwt)).status, 401)
    t.equal((await self(bob.session)).status, 401)
    t.match((await self(bob)).json, { code: 'account_suspended' }, 'the correct password gets the reason')
    t.match((await client.call('POST', '/v1/sessions', { body: { email: bob.email, password: bob.password } })).json, {
      code: 'account_suspended'
    })

    t.match((await patchAccount(ada, bob, { suspended: false, restoreTokens: true })).json, {
      suspended: false,
      suspendedAt: null
    })
    t.equal((await self(opaque)).status, 403)
    t.equal((await self(jwt)).status, 403)
    t.equal((await self(bob)).status, 200)
    t.equal((await self(bob.session)).status, 401, 'an ended session stays ended')
    t.strictSame(
      (await auditOf(bob.id))
        .map(({ action, actorId }: { action: string; actorId: string }) => [action, actorId])
        .slice(0, 2),
      [
        ['account.unsuspended', ada.id],
        ['account.suspended', ada.id]
      ]
    )
  }
)

t.test('200: repeating the current state changes nothing and adds no audit log entry', async (t) => {
  const bob = await client.signUp('Bob')
  const first = await patchAccount(ada, bob, { suspended: true })
  const lines = (await auditOf(bob.id)).length
  const again = await patchAccount(ada, bob, { suspended: true, role: 'user' })
  t.equal(again.status, 200)
  t.equal(again.json.suspendedAt, first.json.suspendedAt)
  t.equal((await auditOf(bob.id)).length, lines)
})

t.test('200: a promotion and a demotion apply from the next call, and the audit log has the former role', async (t) => {
  const bob = await client.signUp('Bob')
  t.equal((await patchAccount(ada, bob, { role: 'admin' })).json.role, 'admin')
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 200)
  t.equal((await patchAccount(ada, bob, { role: 'user' })).json.role, 'user')
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 403)
  t.match((await auditOf(bob.id)).slice(0, 2), [
    { action: 'account.role_changed', actorId: ada.id, details: { from: 'admin', to: 'user' } },
    { action: 'account.role_changed', actorId: ada.id, details: { from: 'user', to: 'admin' } }
  ])
})

t.test('409: admins cannot suspend or demote themselves', async (t) => {
  const bob = await client.signUp('Bob')
  await patchAccount(ada, bob, { role: 'admin' })
  for (const body of [
    { role: 'user' },
    { suspended: true },
    { role: 'user', suspended: true },
    { role: 'admin', suspended: true }
  ]) {
    const answer = await patchAccount(bob, bob, body)
    t.match([answer.status, answer.json.code], [409, 'conflict'], JSON.stringify(body))
  }
  t.equal(
    (await patchAccount(bob, bob, { role: 'admin', suspended: false })).status,
    200,
    'repeating the current state is allowed'
  )
  await patchAccount(ada, bob, { role: 'user' })
})

t.test('409: of two admins who suspend or demote each other at the same time, one remains', async (t) => {
  const bob = await client.signUp('Bob')
  const takers = {
    role: (by: Person, of: Person) => patchAccount(by, of, { role: 'user', password: by.password }),
    suspended: (by: Person, of: Person) => patchAccount(by, of, { suspended: true })
  }
  for (const [how, take] of Object.entries(takers)) {
    for (let round = 0; round < 5; round++) {
      await services.database.prisma.account.updateMany({
        where: { id: { in: [ada.id, bob.id] } },
        data: { role: 'admin', suspendedAt: null }
      })
      await services.changes.transaction(async (_tx, announce) => announce('account', '*'))
      for (const person of [ada, bob]) person.session = await signIn(person)
      const answers = await Promise.all([take(ada, bob), take(bob, ada)])
      t.equal(answers.filter(({ status }) => status === 200).length, 1, `${how}: one succeeds`)
      t.equal(
        await services.database.prisma.account.count({ where: { role: 'admin', suspendedAt: null } }),
        1,
        `${how}: one admin stays`
      )
    }
  }
  await services.database.prisma.account.update({ where: { id: ada.id }, data: { role: 'admin', suspendedAt: null } })
  await services.changes.transaction(async (_tx, announce) => announce('account', ada.id))
  ada.session = await signIn(ada)
})

t.test('404: an account that does not exist', async (t) => {
  for (const id of ['acc_0000000000000000000000', 'nonsense', 'tok_0000000000000000000000']) {
    t.match(
      (await client.call('PATCH', `/v1/admin/accounts/${id}`, { as: ada.session, body: { suspended: true } })).json,
      { code: 'not_found' }
    )
  }
})

t.test('400: a change that is not valid', async (t) => {
  const bob = await client.signUp('Bob')
  for (const body of [
    { role: 'owner' },
    { suspended: 'yes' },
    { suspended: null },
    { name: 'x' },
    { role: 'admin', email: 'x@example.com' },
    [],
    'x'
  ]) {
    const answer = await patchAccount(ada, bob, body as object)
    t.match([answer.status, answer.json.code], [400, 'validation_failed'], JSON.stringify(body))
  }
  t.equal((await client.call('GET', '/v1/account', { as: bob.session })).json.role, 'user')
})

async function signIn({ email, password }: Person): Promise<string> {
  return (await client.call('POST', '/v1/sessions', { body: { email, password } })).json.token
}
