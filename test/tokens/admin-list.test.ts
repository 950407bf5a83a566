import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock, services } = await startSluice(t)
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')

async function newToken(of: Person, name: string, days = 0): Promise<{ id: string; start: string; token: string }> {
  clock.advance(1)
  return (await client.call('POST', '/v1/tokens', { as: of.session, body: { name, days, password: of.password } })).json
}

const mine = await newToken(ada, 'printer')
const expired = await newToken(bob, 'Warehouse 100%', 1)
const revoked = await newToken(bob, 'scale')
await client.call('DELETE', `/v1/tokens/${revoked.id}`, { as: bob.session })
clock.advance(2 * 24 * 60 * 60 * 1000)
for (const person of [ada, bob]) await client.signIn(person)
const live = await newToken(bob, 'warehouse 2')

const list = async (query = '') => (await client.call('GET', `/v1/admin/tokens${query}`, { as: ada.session })).json
const names = async (query: string) => (await list(query)).items.map(({ name }: { name: string }) => name)

t.test('200: the tokens of all accounts, newest first, with their owners and without their texts', async (t) => {
  const page = await list()
  t.strictSame(
    page.items.map(({ id }: { id: string }) => id),
    [live.id, revoked.id, expired.id, mine.id]
  )
  t.match(page.items[0], {
    accountId: bob.id,
    email: bob.email,
    name: 'warehouse 2',
    start: live.start,
    format: 'opaque',
    expiresAt: null
  })
  for (const { token } of [mine, expired, revoked, live]) t.notOk(JSON.stringify(page).includes(token))
})

t.test('200: tokens are found by start, account, name and state', async (t) => {
  t.strictSame(await names(`?start=${live.start}`), ['warehouse 2'])
  t.strictSame(await names('?start=slc_'), ['warehouse 2', 'scale', 'Warehouse 100%', 'printer'])
  t.strictSame(await names('?start=slc%25'), [], '% matches literally')
  t.strictSame(await names(`?accountId=${ada.id}`), ['printer'])
  t.strictSame(await names('?q=WAREHOUSE'), ['warehouse 2', 'Warehouse 100%'])
  t.strictSame(await names('?q=0%25'), ['Warehouse 100%'])
  t.strictSame(await names('?state=live'), ['warehouse 2', 'printer'])
  t.strictSame(await names('?state=expired,revoked'), ['scale', 'Warehouse 100%'])
  t.strictSame(await names(`?state=live&accountId=${bob.id}&q=ware`), ['warehouse 2'])
})

t.test(
  '200: a whole token finds itself, by its first 12 characters; a jti finds its JWT; so does an e-mail',
  async (t) => {
    t.strictSame(await names(`?start=${live.token}`), ['warehouse 2'])
    clock.advance(1)
    const body = { name: 'web', days: 0, password: ada.password, format: 'jwt' }
    const jwt = (await client.call('POST', '/v1/tokens', { as: ada.session, body })).json
    t.equal(jwt.start, jwt.id.slice(0, 12))
    t.strictSame([await names(`?start=${jwt.id}`), await names(`?q=${jwt.id}`)], [['web'], ['web']])
    t.strictSame(await names(`?q=${ada.email}`), ['web', 'printer'])
    await client.call('DELETE', `/v1/tokens/${jwt.id}`, { as: ada.session })
    await services.database.prisma.token.delete({ where: { id: jwt.id } })
  }
)

t.test('200: tokens that end soon, that are not used, and by last use', async (t) => {
  const { prisma } = services.database
  const soon = await newToken(bob, 'soon', 3)
  t.strictSame(await names('?expiring=3'), ['soon'])
  const at = new Date(clock.now())
  await prisma.token.update({ where: { id: mine.id }, data: { lastUsedAt: at } })
  await prisma.token.update({ where: { id: soon.id }, data: { lastUsedAt: new Date(at.getTime() - 1000) } })
  const unused = ['warehouse 2', 'scale', 'Warehouse 100%']
  t.strictSame((await names('?sort=lastUsedAt')).slice(0, 2), ['printer', 'soon'])
  const pages: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: { name: string }[]; nextCursor: string | null } = await list(
      `?sort=lastUsedAt&limit=1${cursor && `&cursor=${cursor}`}`
    )
    pages.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor
  }
  t.strictSame([pages.length, pages.slice(2).sort()], [5, unused.sort()])
  t.strictSame(
    (await names(`?unusedSince=${at.toISOString()}`)).sort(),
    ['Warehouse 100%', 'scale', 'soon', 'warehouse 2'].sort()
  )
  await prisma.token.delete({ where: { id: soon.id } })
})

t.test('200: an admin reads the usage and the denials of any token, and any account', async (t) => {
  for (const what of ['usage', 'denials'])
    t.equal((await client.call('GET', `/v1/tokens/${live.id}/${what}`, { as: ada.session })).status, 200, what)
  t.match((await client.call('GET', `/v1/admin/accounts/${bob.id}`, { as: ada.session })).json, { email: bob.email })
  t.equal((await client.call('GET', `/v1/admin/accounts/${bob.id}`, { as: bob.session })).status, 403)
  t.equal((await client.call('GET', '/v1/admin/accounts/acc_none', { as: ada.session })).status, 404)
})

t.test('200: pages follow each other without a gap', async (t) => {
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: { id: string }[]; nextCursor: string | null } = await list(
      `?limit=1${cursor && `&cursor=${cursor}`}`
    )
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.strictSame(seen, [live.id, revoked.id, expired.id, mine.id])
})

t.test('400: an invalid query', async (t) => {
  for (const query of [
    '?state=dead',
    '?limit=0',
    '?limit=201',
    '?cursor=x',
    '?name=x',
    '?start=',
    '?q=a%00b',
    '?accountId=a%00b',
    '?state=live&state=live'
  ]) {
    t.equal((await client.call('GET', `/v1/admin/tokens${query}`, { as: ada.session })).status, 400, query)
  }
})
