import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Config, readConfig } from '../../config.ts'
import { writeDemoPort } from '../../data-folder.ts'
import { decrypt } from '../../lib/age/decrypt.ts'
import { createKeyring, parseKeys } from '../../lib/keyring.ts'
import type { Manifest } from '../../platform/db/backup/contents.ts'
import { inspect, load } from '../../platform/db/backup/load.ts'
import { startEmbedded } from '../../platform/db/embedded/embedded.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { MIGRATIONS_FOLDER, readMigrations } from '../../platform/db/migrations.ts'
import { createLog } from '../../platform/log/log.ts'
import { reviveRuns } from '../../runs/after-restore.ts'
import { CliError } from '../io.ts'
import { KEYS_PROOF, ownerUrl } from './backup.ts'

export interface Restored {
  /** When the backup was made. */
  at: string
  tables: number
  rows: number
}

/**
 * Writes a backup into an empty database: the embedded one, or that of `DATABASE_URL`. The whole file is verified
 * before anything is written, and its rows are written in one transaction.
 */
export async function restore(
  env: Readonly<Record<string, string | undefined>>,
  { file, key, now }: { file: string; key: string; now: number }
): Promise<Restored> {
  const config = readConfig(env)
  if (!existsSync(file)) throw new CliError(`There is no file ${file}.`)
  const read = <T>(work: (plain: AsyncIterable<Buffer>) => Promise<T>): Promise<T> => readPlain(file, key, work)
  const { manifest } = await read(inspect)
  await refuseNewer(manifest)
  await provideKeys(config, manifest)

  const embedded = config.databaseUrl
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log: createLog({ level: 'silent' }) })
  try {
    const url = ownerUrl(config) ?? embedded!.url
    await migrateAsFarAs(manifest.migrations, url)
    const counts = await read((source) => load({ url, source, adjust: (client) => reviveRuns(client, now) }))
    await migrate({ url })
    if (embedded && manifest.extra.demoPort) await writeDemoPort(config.dataDir, Number(manifest.extra.demoPort))
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return { at: manifest.at, tables: manifest.tables.length, rows }
  } finally {
    await embedded?.stop()
  }
}

async function readPlain<T>(file: string, key: string, work: (plain: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
  const done: T[] = []
  await pipeline(
    createReadStream(file),
    (sealed: AsyncIterable<Buffer>) => decrypt(sealed, key),
    createGunzip(),
    async (plain: AsyncIterable<Buffer>) => {
      done.push(await work(plain))
    }
  )
  return done[0] as T
}

async function refuseNewer({ migrations, version }: Manifest): Promise<void> {
  const known = await knownMigrations()
  const unknown = migrations.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new CliError(`The backup was made by Sluice ${version}, which is newer. Restore it with that version.`)
}

async function knownMigrations(): Promise<string[]> {
  return (await readMigrations(MIGRATIONS_FOLDER)).migrationDirectories.map(({ path: name }) => name)
}

/** Ensures that the keys of this gateway open the secrets in the backup. */
async function provideKeys({ keys, databaseUrl, dataDir }: Config, { extra }: Manifest): Promise<void> {
  const file = path.join(dataDir, 'keys')
  const isInFile = !databaseUrl && existsSync(file)
  const used = keys?.reveal() ?? (isInFile ? readFileSync(file, 'utf8').trim() : extra.keys)
  try {
    if (used === undefined) throw new Error('there are no keys')
    createKeyring(parseKeys(used)).open(extra.proof ?? '', KEYS_PROOF)
  } catch (error) {
    const where = keys ? 'SLUICE_KEYS' : file
    throw new CliError(
      `The secrets in the backup do not open with the keys in ${where}: put the key of that time there as well.`,
      { cause: error }
    )
  }
  if (keys || isInFile) return
  await mkdir(dataDir, { recursive: true })
  await writeFile(file, `${used}\n`, { mode: 0o600, flag: 'wx' })
}

/**
 * Applies only the migrations that the database of the backup had. Later ones are applied after its rows are loaded.
 */
async function migrateAsFarAs(migrations: readonly string[], url: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-migrations-'))
  try {
    await cp(path.join(MIGRATIONS_FOLDER, 'migration_lock.toml'), path.join(folder, 'migration_lock.toml'))
    for (const name of migrations)
      await cp(path.join(MIGRATIONS_FOLDER, name), path.join(folder, name), { recursive: true })
    await migrate({ url, folder })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
