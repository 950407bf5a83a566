import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, services } = await startSluice(t)
const ada = await client.signUp('Ada')
const setStanding = (by: Person, of: Person, body: object) =>
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

t.test('403: who is no admin changes nobody, whatever the id', async (t) => {
  const bob = await client.signUp('Bob')
  for (const id of [bob.id, ada.id, 'acc_nobody']) {
    const answer = await client.call('PATCH', `/v1/admin/accounts/${id}`, { as: bob.session, body: { role: 'admin' } })
    t.match([answer.status, answer.json.code], [403, 'insufficient_scope'])
  }
  t.equal((await client.call('GET', '/v1/account', { as: bob.session })).json.role, 'user')
})

t.test(
  '401: suspending stops every credential of the account on the very next call, and restoring brings back those that last',
  async (t) => {
    const bob = await client.signUp('Bob')
    const opaque = await newToken(bob, 'opaque')
    const jwt = await newToken(bob, 'jwt')
    const self = (as: string | Person) => client.call('GET', '/v1/account', { as })
    // A token may not manage, and is known: 403, not 401. Asked now, so that it is cached when the suspension comes.
    t.equal((await self(opaque)).status, 403)
    t.equal((await self(jwt)).status, 403)
    t.equal((await self(bob)).status, 200)

    const answer = await setStanding(ada, bob, { suspended: true })
    t.equal(answer.status, 200)
    t.match(answer.json, { id: bob.id, suspended: true, suspendedAt: /Z$/ })
    t.equal((await self(opaque)).status, 401)
    t.equal((await self(jwt)).status, 401)
    t.equal((await self(bob.session)).status, 401)
    t.match((await self(bob)).json, { code: 'account_suspended' }, 'the right password is told why')
    t.match((await client.call('POST', '/v1/sessions', { body: { email: bob.email, password: bob.password } })).json, {
      code: 'account_suspended'
    })

    t.match((await setStanding(ada, bob, { suspended: false })).json, { suspended: false, suspendedAt: null })
    t.equal((await self(opaque)).status, 403)
    t.equal((await self(jwt)).status, 403)
    t.equal((await self(bob)).status, 200)
    t.equal((await self(bob.session)).status, 401, 'a session that was ended stays so')
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

t.test('200: what is so already changes nothing and leaves no line', async (t) => {
  const bob = await client.signUp('Bob')
  const first = await setStanding(ada, bob, { suspended: true })
  const lines = (await auditOf(bob.id)).length
  const again = await setStanding(ada, bob, { suspended: true, role: 'user' })
  t.equal(again.status, 200)
  t.equal(again.json.suspendedAt, first.json.suspendedAt)
  t.equal((await auditOf(bob.id)).length, lines)
})

t.test('200: a promotion and a demotion count from the next call, and say what was', async (t) => {
  const bob = await client.signUp('Bob')
  t.equal((await setStanding(ada, bob, { role: 'admin' })).json.role, 'admin')
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 200)
  t.equal((await setStanding(ada, bob, { role: 'user' })).json.role, 'user')
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 403)
  t.match((await auditOf(bob.id)).slice(0, 2), [
    { action: 'account.role_changed', actorId: ada.id, details: { from: 'admin', to: 'user' } },
    { action: 'account.role_changed', actorId: ada.id, details: { from: 'user', to: 'admin' } }
  ])
})

t.test('409: nobody takes the power of an admin from itself', async (t) => {
  const bob = await client.signUp('Bob')
  await setStanding(ada, bob, { role: 'admin' })
  for (const body of [
    { role: 'user' },
    { suspended: true },
    { role: 'user', suspended: true },
    { role: 'admin', suspended: true }
  ]) {
    const answer = await setStanding(bob, bob, body)
    t.match([answer.status, answer.json.code], [409, 'conflict'], JSON.stringify(body))
  }
  t.equal(
    (await setStanding(bob, bob, { role: 'admin', suspended: false })).status,
    200,
    'what is so already is no loss'
  )
  await setStanding(ada, bob, { role: 'user' })
})

t.test("409: of two admins who take each other's power at the same moment, one stays", async (t) => {
  const bob = await client.signUp('Bob')
  const takers = {
    role: (by: Person, of: Person) => setStanding(by, of, { role: 'user' }),
    suspended: (by: Person, of: Person) => setStanding(by, of, { suspended: true })
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

t.test('404: an account that is not there', async (t) => {
  for (const id of ['acc_0000000000000000000000', 'nonsense', 'tok_0000000000000000000000']) {
    t.match(
      (await client.call('PATCH', `/v1/admin/accounts/${id}`, { as: ada.session, body: { suspended: true } })).json,
      { code: 'not_found' }
    )
  }
})

t.test('400: a change that is none', async (t) => {
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
    const answer = await setStanding(ada, bob, body as object)
    t.match([answer.status, answer.json.code], [400, 'validation_failed'], JSON.stringify(body))
  }
  t.equal((await client.call('GET', '/v1/account', { as: bob.session })).json.role, 'user')
})

async function signIn({ email, password }: Person): Promise<string> {
  return (await client.call('POST', '/v1/sessions', { body: { email, password } })).json.token
}
