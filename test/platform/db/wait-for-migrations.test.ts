import t from 'tap'
import { migrate, MigrationError } from '../../../src/platform/db/migrate.ts'
import { waitForMigrations } from '../../../src/platform/db/wait-for-migrations.ts'
import { emptyDatabase, testDatabase } from '../../fixtures/database.ts'

t.test('a process waits until another one has migrated the database, and says how much is missing', async (t) => {
  const { url } = await emptyDatabase(t)
  const said: (number | undefined)[] = []
  let over = false
  const waiting = waitForMigrations({ url, pollMs: 10, onWaiting: (missing) => said.push(missing) }).then(() => {
    over = true
  })
  const applied = await migrate({ url })
  await waiting
  t.ok(over)
  t.same(said, [applied.length])
})

t.test('a database that is migrated is not waited for', async (t) => {
  const { url } = await testDatabase(t)
  await waitForMigrations({ url, onWaiting: () => t.fail('it waits') })
})

t.test('a server that refuses the connection ends the wait; one that is not there yet does not', async (t) => {
  const { url } = await testDatabase(t)
  const absent = new URL(url)
  absent.pathname = '/there_is_no_such_database'
  await t.rejects(waitForMigrations({ url: absent.href, onWaiting: () => {} }), MigrationError)
})
