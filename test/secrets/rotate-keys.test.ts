import { randomBytes } from 'node:crypto'
import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { testDatabase } from '../fixtures/database.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const [old, next] = ['old', 'next'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string]

t.test('rotating the encryption keys as docs/operations.md describes fails no call', async (t) => {
  const { url: databaseUrl } = await testDatabase(t)
  const publicUrl = 'http://sluice.test'
  const start = (keys: string) => startSluice(t, { databaseUrl, publicUrl, keys })

  const before = await start(old)
  const owner = await before.client.signUp('Root')
  const workspace = await signingWorkspace(before.client, owner)
  const jwt = await createToken(t, before.client, owner, { format: 'jwt' })
  const asCustomer = workspace.sign({ id: 'user-1' })
  await before.close()

  // Step 2: it opens texts of the new key, and still seals with the old one.
  const opening = await start(`${old},${next}`)
  t.match(await opening.client.call('POST', '/v1/admin/keys/reseal', { as: owner.session }), {
    status: 200,
    json: { keyId: 'old', resealed: 0, unreadable: 0 }
  })
  await opening.close()

  // Steps 3 and 4: new texts are sealed with the new key, then all others, while it serves.
  const sealing = await start(`${next},${old}`)
  const statuses = new Set<number>()
  let resealing = true
  const calls = [jwt.token, asCustomer].map(async (as) => {
    while (resealing) statuses.add((await sealing.client.call('GET', workspace.path, { as })).status)
  })
  t.match(await sealing.client.call('POST', '/v1/admin/keys/reseal', { as: owner.session }), {
    status: 200,
    json: { keyId: 'next', unreadable: 0, done: true }
  })
  resealing = false
  await Promise.all(calls)
  t.same([...statuses], [200])
  await sealing.close()

  // Step 5: the old key is removed.
  const after = await start(next)
  for (const as of [
    jwt.token,
    asCustomer,
    workspace.sign({ id: 'user-2' }),
    (await createToken(t, after.client, owner, { format: 'jwt' })).token
  ]) {
    t.equal((await after.client.call('GET', workspace.path, { as })).status, 200)
  }
  const { rows } = await after.services.database.pool.query<{ secret: string }>(
    'select secret from workspace union all select private_key from signing_key'
  )
  t.ok(rows.length >= 3 && rows.every(({ secret }) => secret.startsWith('v1.next.')))
  await after.close()

  // With the old key only, as after a skipped step: nothing is lost, and nothing opens.
  const wrong = await start(old)
  t.ok((await wrong.client.call('GET', workspace.path, { as: asCustomer })).status >= 400)
  t.match(await wrong.client.call('POST', '/v1/admin/keys/reseal', { as: owner.session }), {
    status: 200,
    json: { resealed: 0, unreadable: rows.length }
  })
})
