import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import t from 'tap'
import { createPasswordHasher, PASSWORD_QUEUE_LIMIT } from '../../src/accounts/password-hasher.ts'
import { BACKGROUND_NICENESS } from '../../src/lib/thread-priority.ts'
import { Fault } from '../../src/lib/fault.ts'
import { Secret } from '../../src/lib/secret.ts'

const password = new Secret('a long pass phrase')

t.test('a password matches only its own hash; without a hash nothing matches', async (t) => {
  const passwordHasher = await createPasswordHasher({ cores: 2 })
  const hash = await passwordHasher.hash(password)
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  t.equal(await passwordHasher.verify(hash, password), true)
  t.equal(await passwordHasher.verify(hash, new Secret('another pass phrase')), false)
  t.equal(await passwordHasher.verify(undefined, new Secret('the password of nobody')), false)
})

t.test('429: requests beyond the queue are rejected at once, and the others are answered', async (t) => {
  for (const [cores, atOnce] of [
    [1, 1],
    [2, 1],
    [8, 2]
  ] as const) {
    const passwordHasher = await createPasswordHasher({ cores })
    const asked = await Promise.allSettled(
      Array.from({ length: PASSWORD_QUEUE_LIMIT + 10 }, async () => passwordHasher.verify(undefined, password))
    )
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    t.equal(refused.length, 10 - atOnce, `${cores} cores: ${atOnce} at once`)
    for (const fault of refused)
      t.match(fault, {
        code: 'rate_limited',
        why: 'password_queue_full',
        headers: { 'Retry-After': '1', 'RateLimit-Policy': '"passwords";q=32;w=1', RateLimit: '"passwords";r=0;t=1' }
      })
    t.ok(refused.every((fault) => fault instanceof Fault))
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
