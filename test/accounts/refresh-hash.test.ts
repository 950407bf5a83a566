import argon2 from 'argon2'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/

t.test('a right password is hashed anew where its hash is older, and sessions and Basic go on', async (t) => {
  const { client, services } = await startSluice(t)
  const { pool } = services.database
  const { email, id, session } = await client.signUp()
  const stored = async (): Promise<string> =>
    (await pool.query('select password_hash from account where id = $1', [id])).rows[0].password_hash
  const store = (hash: string) => pool.query('update account set password_hash = $2 where id = $1', [id, hash])
  const signIn = (password: string) => client.call('POST', '/v1/sessions', { body: { email, password } })
  const password = 'caf\u00e9 au lait, a long one'
  const older = {
    'fewer passes': await argon2.hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 }),
    'another variant': await argon2.hash(password, {
      type: argon2.argon2i,
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1
    })
  }
  for (const [what, hash] of Object.entries(older)) {
    await store(hash)
    t.equal((await signIn('a wrong pass phrase')).status, 401, what)
    t.equal(await stored(), hash, 'a wrong password changes nothing')
    t.equal((await signIn(password)).status, 201, what)
    t.match(await stored(), CURRENT, what)
  }
  const kept = await stored()
  t.equal((await signIn(password)).status, 201)
  t.equal(await stored(), kept, 'a hash with these parameters stays')

  const decomposed = 'cafe\u0301 au lait, a long one'
  await store(await argon2.hash(decomposed, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }))
  t.equal((await signIn(password)).status, 401, 'made of the password as it came')
  t.equal((await signIn(decomposed)).status, 201)
  t.equal((await signIn(password)).status, 201, 'from then on it is the same on every keyboard')

  await store(older['fewer passes'])
  const several = await Promise.all(Array.from({ length: 4 }, () => signIn(password)))
  t.same(
    several.map(({ status }) => status),
    [201, 201, 201, 201],
    'each of several at once'
  )
  await store(older['fewer passes'])
  for (let time = 0; time < 2; time++)
    t.equal((await client.call('GET', '/v1/account', { as: { email, password } })).status, 200)
  t.match(await stored(), CURRENT)
  t.equal((await client.call('GET', '/v1/account', { as: session })).status, 200, 'sessions stay')
})
