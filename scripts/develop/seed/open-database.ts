import { existsSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import type { Config } from '../../../src/config.ts'
import { EmbeddedError, startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { layout } from '../../../src/platform/db/embedded/folder.ts'
import { SUPERUSER } from '../../../src/platform/db/embedded/init.ts'
import { createLog } from '../../../src/platform/log/log.ts'

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])
/** PostgreSQL writes its port in this line of `postmaster.pid`. */
const PORT_LINE = 3

export interface SeedDatabase {
  url: string
  /** Stops the server, if this process has started it. */
  stop(): Promise<void>
}

/**
 * Opens the database of `DATABASE_URL`, or the embedded one of `DATA_DIR`, and starts it unless a gateway has.
 *
 * @param anyHost whether `DATABASE_URL` may name another machine
 * @throws EmbeddedError if the embedded database cannot start, Error for a database of another machine
 */
export async function openSeedDatabase(config: Config, anyHost: boolean): Promise<SeedDatabase> {
  const given = config.databaseUrl?.reveal()
  if (given !== undefined) {
    if (!anyHost && !LOOPBACK.has(new URL(given).hostname))
      throw new Error('The seed is for development: DATABASE_URL names another machine. Allow it with --any-host.')
    return { url: given, stop: async () => {} }
  }
  try {
    return await startEmbedded({ dataDir: config.dataDir, log: createLog({ level: 'warn' }) })
  } catch (error) {
    const running = error instanceof EmbeddedError ? await runningEmbedded(config.dataDir) : undefined
    if (running === undefined) throw error
    return { url: running, stop: async () => {} }
  }
}

async function runningEmbedded(dataDir: string): Promise<string | undefined> {
  const folder = path.join(dataDir, 'postgres')
  if (!existsSync(folder)) return undefined
  const { data, password } = layout(realpathSync(folder))
  const pidFile = path.join(data, 'postmaster.pid')
  if (!existsSync(pidFile) || !existsSync(password)) return undefined
  const port = readFileSync(pidFile, 'utf8').split('\n')[PORT_LINE]
  const url = new URL(`postgresql://${SUPERUSER}@127.0.0.1:${port}/sluice`)
  url.password = readFileSync(password, 'utf8').trim()
  const client = new pg.Client({ connectionString: url.href })
  try {
    await client.connect()
    return url.href
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}
