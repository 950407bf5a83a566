import { once } from 'node:events'
import t, { type Test } from 'tap'
import {
  isUnavailable,
  isUniqueViolation,
  openDatabase,
  POOL_SIZE,
  type Database
} from '../../../src/platform/db/client.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'

const AT = new Date('2026-11-21T00:00:00Z')

function open(t: Test, url: string, options: { poolSize?: number; statementTimeoutMs?: number } = {}): Database {
  const database = openDatabase({ url, ...options })
  t.teardown(() => database.close())
  return database
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error
  )
}

/** Every way in which code of ours asks. */
function questions({ prisma, pool }: Database): [string, () => Promise<unknown>][] {
  return [
    ['a query of Prisma', () => prisma.workspace.count()],
    ['a raw query of Prisma', () => prisma.$queryRaw`select 1`],
    ['a transaction of Prisma', () => prisma.$transaction(async (tx) => tx.workspace.count())],
    ['a prepared statement', () => pool.query({ name: 'one', text: 'select 1' })]
  ]
}

t.test('the same connections answer through Prisma and through the pool', async (t) => {
  const { url } = await testDatabase(t)
  const { prisma, pool } = open(t, url, { poolSize: 1 })
  await prisma.workspace.create({ data: { id: 'wsp_1', name: 'one', key: 'k', secret: 's', createdAt: AT } })
  const { rows } = await pool.query({
    name: 'find',
    text: 'select name, created_at from workspace where id = $1',
    values: ['wsp_1']
  })
  t.same(rows, [{ name: 'one', created_at: AT }])
})

t.test('a taken key is a unique violation, whichever way it was written', async (t) => {
  const { url } = await testDatabase(t)
  const { prisma, pool } = open(t, url)
  const data = { id: 'wsp_1', name: 'one', key: 'k', secret: 's', createdAt: AT }
  await prisma.workspace.create({ data })
  const again = [
    () => prisma.workspace.create({ data }),
    () =>
      prisma.$executeRaw`
        insert into workspace (id, name, key, secret, created_at) values ('wsp_1', 'x', 'x', 'x', now())`,
    () => pool.query(`insert into workspace (id, name, key, secret, created_at) values ('wsp_1', 'x', 'x', 'x', now())`)
  ]
  for (const write of again) {
    const error = await failure(write())
    t.equal(isUniqueViolation(error), true)
    t.equal(isUnavailable(error), false)
  }
})

t.test('a database that refuses connections is unavailable, and is used again when it is back', async (t) => {
  const { url } = await testDatabase(t)
  const proxy = await startTcpProxy(t, url)
  const database = open(t, proxy.url)
  for (const [, ask] of questions(database)) await ask()
  await proxy.cut()
  for (const [what, ask] of questions(database)) t.equal(isUnavailable(await failure(ask())), true, what)
  await proxy.restore()
  for (const [what, ask] of questions(database)) t.equal(await failure(ask()), undefined, what)
})

t.test('a session ended by the server is unavailable for whoever uses it, and replaced for the next', async (t) => {
  const { url } = await testDatabase(t)
  const database = open(t, url, { poolSize: 2 })
  const other = open(t, url)
  const inTransaction = failure(
    database.prisma.$transaction(async (tx) => {
      const [own] = await tx.$queryRaw<[{ pid: number }]>`select pg_backend_pid() as pid`
      await other.pool.query('select pg_terminate_backend($1)', [own.pid])
      await tx.workspace.count()
    })
  )
  t.equal(isUnavailable(await inTransaction), true)

  const client = await database.pool.connect()
  const {
    rows: [own]
  } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  client.release()
  const lost = once(database.pool, 'error')
  await other.pool.query('select pg_terminate_backend($1)', [own?.pid])
  await lost
  for (const [what, ask] of questions(database)) t.equal(await failure(ask()), undefined, what)
})

t.test('a statement that takes too long is cancelled and unavailable; the connection goes on', async (t) => {
  const { url } = await testDatabase(t)
  const database = open(t, url, { poolSize: 1, statementTimeoutMs: 50 })
  t.equal(isUnavailable(await failure(database.pool.query('select pg_sleep(60)'))), true)
  t.equal(isUnavailable(await failure(database.prisma.$queryRaw`select pg_sleep(60)::text`)), true)
  for (const [what, ask] of questions(database)) t.equal(await failure(ask()), undefined, what)
})

t.test('closed: the server has no connection left, so that stopping it interrupts nobody', async (t) => {
  const { url } = await testDatabase(t)
  const other = open(t, url, { poolSize: 1 })
  await other.pool.query('select 1')
  for (let round = 0; round < 5; round++) {
    const { pool, close } = openDatabase({ url })
    await Promise.all(Array.from({ length: POOL_SIZE }, () => pool.query('select pg_sleep(0.01)')))
    t.equal(pool.totalCount, POOL_SIZE)
    await close()
    const { rows } = await other.pool.query(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'sluice' and ` +
        'pid <> pg_backend_pid()'
    )
    t.same(rows, [])
  }
})
