import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { requireAdmin } from '../../src/accounts/admin.ts'
import { confirmedBy, type ConfirmedOwner } from '../../src/accounts/confirmation.ts'
import { createKeyring } from '../../src/lib/keyring.ts'
import { Secret } from '../../src/lib/secret.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import { reencrypt, SEALED_COLUMNS } from '../../src/secrets/reencrypt.ts'
import { testDatabase } from '../fixtures/database.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const ADMIN = confirmedBy(requireAdmin({ id: 'acc_admin', role: 'admin', secondFactorOwed: new Set() }), {
  accountId: 'acc_admin'
} as ConfirmedOwner)
const key = (id: string) => ({ id, key: new Secret(randomBytes(32)) })
const placeOf = (workspaceId: string, name: string) => ({
  table: 'secret',
  row: `${workspaceId}/${name}`,
  column: 'value'
})

async function withSecrets(t: Parameters<typeof testDatabase>[0], count: number) {
  const database = openDatabase({ url: (await testDatabase(t)).url })
  t.teardown(() => database.close())
  const [old, next] = [key('old'), key('next')]
  const before = createKeyring([old])
  await database.pool.query(
    `insert into workspace (id, name, key, secret, created_at) values ('wsp_a', 'a', 'k', $1, now())`,
    [before.seal('workspace secret', { table: 'workspace', row: 'wsp_a', column: 'secret' })]
  )
  const names = Array.from({ length: count }, (_, index) => `name ${index}`)
  await database.pool.query(
    `insert into secret (workspace_id, name, value, created_at, updated_at)
     select 'wsp_a', name, value, now(), now() from unnest($1::text[], $2::text[]) as given(name, value)`,
    [names, names.map((name) => before.seal(`value of ${name}`, placeOf('wsp_a', name)))]
  )
  const texts = async () =>
    new Map(
      (await database.pool.query<{ name: string; value: string }>('select name, value from secret')).rows.map(
        ({ name, value }) => [name, value]
      )
    )
  return { pool: database.pool, old, next, names, texts }
}

t.test('everything is sealed with the new key, in batches, and opens with it alone', async (t) => {
  const { pool, old, next, names, texts } = await withSecrets(t, 57)
  const result = await reencrypt(
    { pool, keyring: createKeyring([next, old]), onUnreadable: (place) => t.fail(place.row) },
    ADMIN,
    { batch: 10 }
  )
  t.same(result, { keyId: 'next', resealed: 58, unreadable: 0, done: true })
  const alone = createKeyring([next])
  const now = await texts()
  for (const name of names)
    t.equal(alone.open(now.get(name) ?? '', placeOf('wsp_a', name)).reveal(), `value of ${name}`)
  t.same(
    (await reencrypt({ pool, keyring: createKeyring([next, old]), onUnreadable: () => {} }, ADMIN)).resealed,
    0,
    'again changes nothing'
  )
})

t.test('a text that changes meanwhile is kept; a text that does not open is reported and left unchanged', async (t) => {
  const { pool, old, next, names, texts } = await withSecrets(t, 20)
  const [first = '', second = '', third = ''] = names
  const both = createKeyring([next, old])
  // A ciphertext moved to another row, as an attacker with access to the database could do.
  await pool.query('update secret set value = (select value from secret where name = $2) where name = $1', [
    second,
    third
  ])
  const changes: Promise<unknown>[] = []
  const reads = {
    ...both,
    open(sealed: string, place: { table: string; row: string; column: string }) {
      // Changed by its owner after the batch was read.
      if (place.row.endsWith(`/${first}`))
        changes.push(
          pool.query('update secret set value = $1 where name = $2', [
            both.seal('newer', placeOf('wsp_a', first)),
            first
          ])
        )
      return both.open(sealed, place)
    }
  }
  const unreadable: string[] = []
  const result = await reencrypt({ pool, keyring: reads, onUnreadable: ({ row }) => unreadable.push(row) }, ADMIN)
  await Promise.all(changes)
  t.same(unreadable, [`wsp_a/${second}`])
  t.match(result, { unreadable: 1, done: true })
  const now = await texts()
  t.throws(() => both.open(now.get(second) ?? '', placeOf('wsp_a', second)), 'a moved ciphertext does not open')
  t.equal(both.open(now.get(first) ?? '', placeOf('wsp_a', first)).reveal(), 'newer')
})

t.test('a call stops when its time is over, and the next one continues', async (t) => {
  const { pool, old, next } = await withSecrets(t, 5)
  const keyring = createKeyring([next, old])
  t.match(await reencrypt({ pool, keyring, onUnreadable: () => {} }, ADMIN, { budgetMs: -1 }), {
    resealed: 0,
    done: false
  })
  t.match(await reencrypt({ pool, keyring, onUnreadable: () => {} }, ADMIN), { resealed: 6, done: true })
})

t.test('every sealed column that the source names is listed', async (t) => {
  const source = path.join(import.meta.dirname, '../../src')
  const places = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .flatMap((file) =>
      [
        ...readFileSync(path.join(source, file), 'utf8').matchAll(
          /\{\s+table: '(\w+)',\s+row: .+?,\s+column: '(\w+)'\s+\}/g
        )
      ].map(([, table, column]) => `${table}.${column}`)
    )
  t.ok(places.length > 0)
  // In the file of a backup, which no rotation reaches.
  t.ok(places.includes('backup.proof'))
  const columns = places.filter((place) => place !== 'backup.proof')
  t.same([...new Set(columns)].sort(), SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort())
})

t.test('200 for an admin while calls are answered; 403 for others', async (t) => {
  const { client } = await startSluice(t)
  const admin = await client.signUp('Root')
  const user = await client.signUp()
  const { path: url } = await createEchoListener(t, client, user)
  const { token } = await createToken(t, client, user, { format: 'jwt' })
  t.match(await client.call('POST', '/v1/admin/keys/reseal', { as: admin.session }), {
    status: 200,
    json: { keyId: 'test', unreadable: 0, done: true }
  })
  t.equal((await client.call('GET', url, { as: token })).status, 200)
  t.equal((await client.call('POST', '/v1/admin/keys/reseal', { as: user.session })).status, 403)
})
