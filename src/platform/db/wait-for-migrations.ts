import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { isUnavailable } from './client.ts'
import { MigrationError, MIGRATIONS_FOLDER, readMigrations } from './migrate.ts'
import { incompatible, newerSchemaMessage } from './migration-rules.ts'
import { tlsHint } from './tls-hint.ts'

const POLL_MS = 1_000
/** The wait is reported this often. */
const REPORT_MS = 10_000
const CONNECT_TIMEOUT_MS = 10_000

const RECORDED = `
  select migration_name as name, finished_at is not null as finished from _prisma_migrations
   where rolled_back_at is null`

/**
 * Waits until another process has brought the database to the state that this version needs. A database that is ahead
 * is accepted if the rules of the newer migrations allow it: during an update, the newer version migrates first.
 * @throws MigrationError if this version may not run on the newer database, or the database refuses the connection
 */
export async function waitForMigrations({
  url,
  folder = MIGRATIONS_FOLDER,
  pollMs = POLL_MS,
  onWaiting
}: {
  url: string
  folder?: string
  pollMs?: number
  /** Called at the start and then every ten seconds, with the number of missing migrations; undefined = unknown. */
  onWaiting(missing: number | undefined): void
}): Promise<void> {
  const { migrationDirectories } = await readMigrations(folder)
  const names = migrationDirectories.map(({ path }) => path)
  let reportedAt = -Infinity
  for (;;) {
    const missing = await countMissing(url, names)
    if (missing === 0) return
    if (performance.now() - reportedAt >= REPORT_MS) {
      reportedAt = performance.now()
      onWaiting(missing)
    }
    await sleep(pollMs)
  }
}

/** @returns undefined if the database cannot be asked yet */
async function countMissing(url: string, names: readonly string[]): Promise<number | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sluice migrate wait'
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ name: string; finished: boolean }>(RECORDED)
    const finished = new Set(rows.filter((row) => row.finished).map(({ name }) => name))
    const missing = names.filter((name) => !finished.has(name)).length
    if (missing > 0) return missing
    const unknown = rows.map(({ name }) => name).filter((name) => !names.includes(name))
    const refused = await incompatible(client, unknown, names.at(-1))
    if (refused.length > 0) throw new MigrationError(newerSchemaMessage(refused))
    return 0
  } catch (error) {
    if (error instanceof MigrationError) throw error
    // No migration has run yet.
    if ((error as pg.DatabaseError).code === UNDEFINED_TABLE) return names.length
    if (isUnavailable(error)) return undefined
    const said = `${(error as Error).message}${tlsHint(error)}`
    throw new MigrationError(`The database cannot be asked for its migrations: ${said}`, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}

const UNDEFINED_TABLE = '42P01'
