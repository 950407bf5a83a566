import t from 'tap'
import { query, startProcess, temporaryFolder } from '../fixtures/embedded.ts'

t.test('a second process on the same folder is told who has it, and the first is not disturbed', async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await startProcess(t, dataDir)
  const second = await startProcess(t, dataDir)
  t.match(
    second.error,
    new RegExp(`^EmbeddedError: Another process \\(${first.child.pid}\\) uses the database in ${dataDir}/postgres`)
  )
  t.ok(await query(first.url, 'select 1'))
})

t.test('of two processes that start at once on a new folder, one has it and the other is told so', async (t) => {
  const dataDir = await temporaryFolder(t)
  const started = await Promise.all([startProcess(t, dataDir), startProcess(t, dataDir)])
  t.equal(started.filter(({ url }) => url !== undefined).length, 1)
  t.match(started.find(({ error }) => error)?.error, /^EmbeddedError: Another process/)
})
