import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Config, readConfig } from '../../config.ts'
import { readDemoPort } from '../../data-folder.ts'
import { encrypt } from '../../lib/age/encrypt.ts'
import { createKeyring, parseKeys } from '../../lib/keyring.ts'
import type { RowCounts } from '../../platform/db/backup/contents.ts'
import { dump } from '../../platform/db/backup/dump.ts'
import { reachEmbedded } from '../../platform/db/embedded/running.ts'
import { createLog } from '../../platform/log/log.ts'
import { CliError } from '../io.ts'

/** Sealed with the keys of secrets at rest, so that a restore knows whether it has them. */
export const KEYS_PROOF = { table: 'backup', row: 'manifest', column: 'proof' }
export const PROOF_TEXT = 'sluice backup'
/** The lowest level: most of a backup is text, which compresses well at any level. */
const GZIP_LEVEL = 1

export interface BackedUp {
  tables: number
  rows: number
  bytes: number
}

/**
 * Writes all data of the gateway into an encrypted file. The gateway may be running.
 * @param key as {@link readBackupKey} returns it
 */
export async function backUp(
  env: Readonly<Record<string, string | undefined>>,
  { file, key, version, now }: { file: string; key: string; version: string; now: number }
): Promise<BackedUp> {
  const config = readConfig(env)
  const keysFile = path.join(config.dataDir, 'keys')
  if (!config.databaseUrl && !existsSync(path.join(config.dataDir, 'postgres')))
    throw new CliError(`There is no database in ${config.dataDir}, and DATABASE_URL names none.`)
  const keys = config.keys?.reveal() ?? readFileSync(keysFile, 'utf8').trim()
  const extra = {
    proof: createKeyring(parseKeys(keys)).seal(PROOF_TEXT, KEYS_PROOF),
    // The keys of an embedded database are in its data folder, and a backup is of no use without them.
    ...(config.keys ? {} : { keys }),
    ...(config.databaseUrl ? {} : { demoPort: String((await readDemoPort(config.dataDir)) ?? '') })
  }
  const embedded = config.databaseUrl ? undefined : await reachEmbedded({ dataDir: config.dataDir, log: quiet() })
  try {
    let counts: RowCounts = {}
    const source = dump({
      url: ownerUrl(config) ?? embedded!.url,
      version,
      now,
      extra,
      onDone(done) {
        counts = done
      }
    })
    const bytes = await writeWhole(file, source, key)
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return { tables: Object.keys(counts).length, rows, bytes }
  } finally {
    await embedded?.stop()
  }
}

/** The file appears complete or not at all. It never replaces another one. */
async function writeWhole(file: string, source: AsyncIterable<Buffer>, key: string): Promise<number> {
  if (existsSync(file)) throw new CliError(`${file} exists. A backup does not replace a file.`)
  const draft = `${file}.${randomUUID()}.partial`
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be written: ${error.code}`)
  })
  try {
    const sink = handle.createWriteStream({ flush: true })
    await pipeline(source, createGzip({ level: GZIP_LEVEL }), (plain) => encrypt(plain, key), sink)
    await rename(draft, file)
    return sink.bytesWritten
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** The URL of a direct connection as the owner of the tables; undefined for the embedded database. */
export function ownerUrl({ databaseDirectUrl, databaseUrl }: Config): string | undefined {
  return (databaseDirectUrl ?? databaseUrl)?.reveal()
}

function quiet() {
  return createLog({ level: 'silent' })
}
