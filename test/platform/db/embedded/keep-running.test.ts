import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { until } from '../../../fixtures/until.ts'
import { query, start, temporaryFolder } from '../fixtures/embedded.ts'

const pidOf = (dataDir: string): number =>
  Number.parseInt(readFileSync(path.join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10)

t.test(
  'a killed server is started again at the same URL, with what was committed; then it stops for good',
  async (t) => {
    const dataDir = await temporaryFolder(t)
    const database = await start(t, dataDir, { durable: true })
    await query(database.url, 'create table kept as select 7 as n')
    for (let round = 0; round < 2; round++) {
      const killed = pidOf(dataDir)
      process.kill(killed, 'SIGKILL')
      await until(
        async () => (await query(database.url, 'select n from kept').catch(() => [])).length === 1,
        60_000,
        'the server answers again'
      )
      t.not(pidOf(dataDir), killed)
    }
    await database.stop()
    await t.rejects(query(database.url, 'select 1'), { code: 'ECONNREFUSED' })
  }
)

t.test('a stop right after a kill leaves no server behind, and frees the folder', async (t) => {
  const dataDir = await temporaryFolder(t)
  const database = await start(t, dataDir)
  process.kill(pidOf(dataDir), 'SIGKILL')
  await database.stop()
  await t.rejects(query(database.url, 'select 1'), { code: 'ECONNREFUSED' })
  const next = await start(t, dataDir)
  t.ok(await query(next.url, 'select 1'))
})
