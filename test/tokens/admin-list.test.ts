import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock } = await startSluice(t)
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
