import t from 'tap'
import { openDatabase } from '../../src/db/client.ts'
import { testDatabase } from '../fixtures/database.ts'

t.test('a migrated database answers through Prisma and through the pool', async (t) => {
  const { url } = await testDatabase(t)
  const database = openDatabase({ url })
  t.teardown(() => database.close())
  t.equal(await database.prisma.account.count(), 0)
  const { rows } = await database.pool.query({ name: 'one', text: 'select $1::int as n', values: [1] })
  t.same(rows, [{ n: 1 }])
})
