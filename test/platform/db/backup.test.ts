import { chmod, cp, lchown, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { localKeys } from '../../../src/data-folder.ts'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { createKeyring } from '../../../src/lib/keyring.ts'

const PLACE = { table: 'secret', row: 'wsp_a/x', column: 'value' }

t.test('a copy of DATA_DIR, made while it is stopped, has every row and the keys to open them', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-backup-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  // As root the server runs as another user, who must get through to its data.
  await chmod(folder, 0o711)
  const [dataDir, backup] = [path.join(folder, 'data'), path.join(folder, 'backup')]
  const log = pino({ level: 'silent' })

  async function use<T>(
    where: string,
    work: (pool: ReturnType<typeof openDatabase>['pool'], keyring: ReturnType<typeof createKeyring>) => Promise<T>
  ): Promise<T> {
    const embedded = await startEmbedded({ dataDir: where, log, durable: false })
    const database = openDatabase({ url: embedded.url, poolSize: 1 })
    try {
      return await work(database.pool, createKeyring(await localKeys(where)))
    } finally {
      await database.close()
      await embedded.stop()
    }
  }

  await use(dataDir, async (pool, keyring) => {
    await pool.query('create table kept (sealed text)')
    await pool.query('insert into kept values ($1)', [keyring.seal('the secret', PLACE)])
  })
  // As docs/operations.md says: cp -a.
  await cp(dataDir, backup, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  await copyOwners(dataDir, backup)
  await use(dataDir, async (pool) => pool.query('drop table kept'))
  await rm(dataDir, { recursive: true })
  await cp(backup, dataDir, { recursive: true, verbatimSymlinks: true })
  await copyOwners(backup, dataDir)
  const opened = await use(dataDir, async (pool, keyring) => {
    const {
      rows: [row]
    } = await pool.query<{ sealed: string }>('select sealed from kept')
    return keyring.open(row?.sealed ?? '', PLACE).reveal()
  })
  t.equal(opened, 'the secret')
})

/** What `cp -a` keeps and `fs.cp` does not: owners and modes. */
async function copyOwners(from: string, to: string): Promise<void> {
  for (const name of ['', ...(await readdir(from, { recursive: true }))]) {
    const { uid, gid, mode } = await lstat(path.join(from, name))
    await lchown(path.join(to, name), uid, gid)
    await chmod(path.join(to, name), mode)
  }
}
