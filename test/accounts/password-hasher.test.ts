import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import argon2 from 'argon2'
import t from 'tap'
import { createPasswordHasher, PASSWORD_QUEUE, type PasswordTurn } from '../../src/accounts/password-hasher.ts'
import { BACKGROUND_NICENESS } from '../../src/lib/thread-priority.ts'
import { Fault } from '../../src/lib/fault.ts'
import { Secret } from '../../src/lib/secret.ts'

const password = new Secret('a long pass phrase')
const known = (account: string): PasswordTurn => ({ lane: 'trusted', keys: [account] })

t.test('a password matches only its own hash; without a hash nothing matches', async (t) => {
  const passwordHasher = await createPasswordHasher({ cores: 2 })
  await passwordHasher.inTurn(known('ada'), async ({ hash, verify }) => {
    const stored = await hash(password)
    t.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    t.equal(await verify(stored, password), true)
    t.equal(await verify(stored, new Secret('another pass phrase')), false)
    t.equal(await verify(undefined, new Secret('the password of nobody')), false)
  })
})

t.test('a password is the same text, whatever keyboard it is typed on; earlier hashes still match', async (t) => {
  const passwordHasher = await createPasswordHasher({ cores: 2 })
  await passwordHasher.inTurn(known('ada'), async ({ hash, verify }) => {
    const stored = await hash(new Secret('caf\u00e9 au lait'))
    t.equal(await verify(stored, new Secret('cafe\u0301\u00a0au\u3000lait')), true)
    t.equal(await verify(stored, new Secret('Caf\u00e9 au lait')), false, 'letter case matters')
    t.equal(await verify(stored, new Secret('ｃafé au lait')), false, 'and so does width')
    // As they were made before passwords were normalized.
    const raw = await argon2.hash('cafe\u0301 au lait')
    t.equal(await verify(raw, new Secret('cafe\u0301 au lait')), true)
    t.equal(await verify(raw, new Secret('caf\u00e9 au lait')), false)
    t.equal(await verify(undefined, new Secret('cafe\u0301 au lait')), false)
  })
})

t.test('429: one address beyond its places is rejected at once; known people still find a place', async (t) => {
  for (const [cores, atOnce] of [
    [1, 1],
    [2, 1],
    [8, 2]
  ] as const) {
    const passwordHasher = await createPasswordHasher({ cores })
    const asked = Array.from({ length: PASSWORD_QUEUE.perKey + 10 }, (_, index) =>
      passwordHasher.inTurn({ lane: 'open', keys: ['one address', `account ${index}`] }, async () => index)
    )
    const other = passwordHasher.inTurn({ lane: 'open', keys: ['another address'] }, async () => 'served')
    const confirmation = passwordHasher.inTurn(known('ada'), async () => 'served')
    const settled = await Promise.allSettled(asked)
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    t.equal(refused.length, 10 - atOnce, `${cores} cores: ${atOnce} at once`)
    for (const fault of refused)
      t.match(fault, {
        code: 'rate_limited',
        why: 'password_queue_full',
        headers: { 'Retry-After': '1', 'RateLimit-Policy': '"passwords";q=8;w=1', RateLimit: '"passwords";r=0;t=1' }
      })
    t.ok(refused.every((fault) => fault instanceof Fault))
    t.same(await Promise.all([other, confirmation]), ['served', 'served'])
    t.equal(passwordHasher.queued(), 0)
  }
})

t.test(
  'the hashing threads have a lower priority than the thread that answers calls',
  { skip: process.platform !== 'linux' && 'only Linux has priorities of threads' },
  async (t) => {
    await createPasswordHasher({ cores: 2 })
    const threads = readdirSync('/proc/self/task').map((id) => ({
      priority: getPriority(Number(id)),
      name: readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
      id: Number(id)
    }))
    const pool = threads.filter(({ name }) => name === 'libuv-worker')
    t.ok(pool.length >= 2)
    const started = getPriority(process.pid)
    t.ok(pool.every(({ priority }) => priority === started + BACKGROUND_NICENESS))
  }
)
