import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const { client } = await startSluice(t)
const ada = await client.signUp('Ada Lovelace')
const bob = await client.signUp('Bob 100%')
const eve = await client.signUp('Eve_')
await client.call('PATCH', `/v1/admin/accounts/${eve.id}`, { as: ada.session, body: { suspended: true } })

const list = async (query = '') => (await client.call('GET', `/v1/admin/accounts${query}`, { as: ada.session })).json
const names = async (query: string) => (await list(query)).items.map(({ name }: { name: string }) => name)

t.test('200: all accounts, newest first, without passwords', async (t) => {
  const page = await list()
  t.strictSame(
    page.items.map(({ id }: { id: string }) => id),
    [eve.id, bob.id, ada.id]
  )
  t.match(page.items[0], { email: eve.email, role: 'user', suspendedAt: /Z$/ })
  t.match(page.items[2], { email: ada.email, role: 'admin', suspendedAt: null })
  t.notMatch(JSON.stringify(page), /argon2|password/i)
})

t.test('200: accounts are found by a literal substring of e-mail or name, by role and by suspension', async (t) => {
  t.strictSame(await names('?q=LOVE'), ['Ada Lovelace'])
  t.strictSame(await names(`?q=${bob.email.toUpperCase()}`), ['Bob 100%'])
  t.strictSame(await names('?q=%25'), ['Bob 100%'])
  t.strictSame(await names('?q=_'), ['Eve_'])
  t.strictSame(await names('?role=admin'), ['Ada Lovelace'])
  t.strictSame(await names('?suspended=true'), ['Eve_'])
  t.strictSame(await names('?suspended=false&role=user'), ['Bob 100%'])
})

t.test('200: pages follow each other without a gap', async (t) => {
  const first = await list('?limit=2')
  const second = await list(`?limit=2&cursor=${first.nextCursor}`)
  t.strictSame(
    [...first.items, ...second.items].map(({ id }: { id: string }) => id),
    [eve.id, bob.id, ada.id]
  )
  t.equal(second.nextCursor, null)
})

t.test('400 for an invalid query, 401 and 403 for callers who are not admins', async (t) => {
  for (const query of [
    '?role=owner',
    '?suspended=perhaps',
    '?limit=0',
    '?q=',
    '?q=a%00b',
    '?cursor=bm9uc2Vuc2U',
    '?name=x'
  ])
    t.equal((await client.call('GET', `/v1/admin/accounts${query}`, { as: ada.session })).status, 400, query)
  t.equal((await client.call('GET', '/v1/admin/accounts')).status, 401)
  t.equal((await client.call('GET', '/v1/admin/accounts', { as: bob.session })).status, 403)
})
