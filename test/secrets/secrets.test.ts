import t from 'tap'
import { SECRET_BYTES_MAX } from '../../src/secrets/secret.ts'
import { readSecrets } from '../../src/secrets/secret-cache.ts'
import { startSluice } from '../fixtures/sluice.ts'

const sluice = await startSluice(t)
const { client, services } = sluice
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}/secrets`
const put = (name: string, value: unknown, path = at) =>
  client.call('PUT', `${path}/${name}`, { as: ada.session, body: { value } })
const read = (...names: string[]) => readSecrets(services.secrets, ada.workspaceId, names)

t.test('201, then 200: a secret is created and replaced, and no answer contains its value', async (t) => {
  const made = await put('api_key', 'unique-value-1147')
  t.equal(made.status, 201)
  t.match(made.json, { name: 'api_key', createdAt: String, updatedAt: String })
  const replaced = await put('api_key', 'unique-value-1148')
  t.equal(replaced.status, 200)
  t.equal(replaced.json.createdAt, made.json.createdAt)
  const list = await client.call('GET', at, { as: ada.session })
  t.same(list.json, { items: [replaced.json], nextCursor: null })
  for (const { text } of [made, replaced, list]) t.notMatch(text, 'unique-value')
  t.notMatch(sluice.logged(), 'unique-value')
  t.equal(
    (await client.call('GET', `${at}/api_key`, { as: ada.session })).status,
    405,
    'there is no call that reads one'
  )
})

t.test('a run reads the value that was set last', async (t) => {
  await put('rotating', 'first')
  t.same({ ...(await read('rotating')) }, { rotating: 'first' })
  await put('rotating', 'second')
  t.same({ ...(await read('rotating')) }, { rotating: 'second' })
  await client.call('DELETE', `${at}/rotating`, { as: ada.session })
  t.same({ ...(await read('rotating')) }, {}, 'what is not there is left out')
})

t.test('a value may be a nested object, and each run gets its own copy', async (t) => {
  const value = { client: { id: 'me', secret: 'unique-value-2201' }, scopes: ['read'] }
  t.equal((await put('erp', value)).status, 201)
  const first = await read('erp')
  t.same(first.erp, value)
  Object.assign(first.erp as object, { client: 'changed by a flow' })
  t.same((await read('erp')).erp, value)
  t.equal(Object.getPrototypeOf(first), null)
})

t.test('names like toString and hasOwnProperty are ordinary names', async (t) => {
  for (const name of ['toString', 'hasOwnProperty', 'valueOf']) {
    t.same({ ...(await read(name)) }, {}, `${name} is not there before it is set`)
    t.equal((await put(name, `value of ${name}`)).status, 201)
    t.equal((await read(name))[name], `value of ${name}`)
  }
})

t.test('a stored value is sealed, and opens in its own row only', async (t) => {
  await put('one', 'unique-value-3301')
  await put('two', 'unique-value-3302')
  const { rows } = await services.database.pool.query<{ name: string; value: string }>(
    'select name, value from secret where workspace_id = $1',
    [ada.workspaceId]
  )
  t.notMatch(JSON.stringify(rows), 'unique-value')
  t.ok(rows.every(({ value }) => value.startsWith('v1.test.')))

  await services.database.pool.query(
    `update secret set value = (select value from secret where workspace_id = $1 and name = $2)
      where workspace_id = $1 and name = $3`,
    [ada.workspaceId, 'two', 'one']
  )
  await services.changes.transaction(async (_tx, announce) => announce('secret', ada.workspaceId))
  await t.rejects(read('one'), /authenticate/, 'a value that was moved does not open')
  t.equal((await read('two')).two, 'unique-value-3302')
})

t.test('204, then 404: a secret is deleted once', async (t) => {
  await put('gone', 'x')
  t.equal((await client.call('DELETE', `${at}/gone`, { as: ada.session })).status, 204)
  t.equal((await client.call('DELETE', `${at}/gone`, { as: ada.session })).status, 404)
  for (const name of ['%00', 'a%20b', '__proto__'])
    t.equal((await client.call('DELETE', `${at}/${name}`, { as: ada.session })).status, 404, name)
})

t.test('400: reserved and invalid names', async (t) => {
  for (const name of [
    '__proto__',
    'constructor',
    'prototype',
    'customer',
    '1st',
    'a.b',
    'a%20b',
    '%00',
    'x'.repeat(101),
    '-a'
  ]) {
    const refused = await put(name, 'x')
    t.equal(refused.status, 400, name)
    t.equal(refused.json.code, 'validation_failed')
    t.equal(refused.json.errors[0].pointer, '/name')
  }
})

t.test('400: a value that is not a string or an object, is empty, or exceeds 64 KiB', async (t) => {
  for (const value of ['', {}, null, 7, true, ['a'], undefined])
    t.equal((await put('odd', value)).json.errors?.[0]?.pointer, '/value', JSON.stringify(value))
  t.equal((await put('large', 'x'.repeat(SECRET_BYTES_MAX - 2))).status, 201)
  t.equal((await put('large', 'x'.repeat(SECRET_BYTES_MAX - 1))).status, 400)
  t.equal((await put('large', { a: 'ä'.repeat(SECRET_BYTES_MAX / 2) })).status, 400, 'bytes count, not characters')
})

t.test('409: a workspace holds at most 200 secrets and 1 MiB of them', async (t) => {
  const {
    json: { id }
  } = await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'Full' } })
  const full = `/v1/workspaces/${id}/secrets`
  // Sealed, 60,000 bytes take about 80,000: thirteen of them fit.
  for (let count = 0; count < 13; count++) t.equal((await put(`large_${count}`, 'x'.repeat(60_000), full)).status, 201)
  t.equal((await put('large_13', 'x'.repeat(60_000), full)).status, 409)
  t.equal((await put('large_0', 'y'.repeat(60_000), full)).status, 200, 'replacing needs no more room than there is')

  await services.database.pool.query('delete from secret where workspace_id = $1', [id])
  await services.database.pool.query(
    "insert into secret select $1, 'n' || n, '', now(), now() from generate_series(1, 200) n",
    [id]
  )
  t.equal((await put('one_more', 'x', full)).status, 409)
})

t.test('200: secrets are listed by name, in pages', async (t) => {
  const {
    json: { id }
  } = await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'Pages' } })
  const path = `/v1/workspaces/${id}/secrets`
  for (const name of ['c', 'a', 'd', 'b']) await put(name, 'x', path)
  const first = await client.call('GET', `${path}?limit=3`, { as: ada.session })
  const second = await client.call('GET', `${path}?limit=3&cursor=${first.json.nextCursor}`, { as: ada.session })
  t.same(
    [...first.json.items, ...second.json.items].map(({ name }) => name),
    ['a', 'b', 'c', 'd']
  )
  t.equal(second.json.nextCursor, null)
  t.equal((await client.call('GET', `${path}?cursor=bm9uc2Vuc2U`, { as: ada.session })).status, 400)
})

t.test('404: secrets of another workspace are invisible, and its flows cannot read them', async (t) => {
  const bob = await client.signUp('Bob')
  t.equal((await client.call('GET', at, { as: bob.session })).status, 404)
  t.same({ ...(await readSecrets(services.secrets, bob.workspaceId, ['api_key', 'erp'])) }, {})
})
