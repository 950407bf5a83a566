import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { ADVISORY_LOCKS } from '../../lib/advisory-locks.ts'
import { engineErrorMessage, NO_FILTERS, openSchemaEngine, type SchemaEngine } from './schema-engine.ts'
import { tlsHint } from './tls-hint.ts'

/** The folder with the migrations of this version. */
export const MIGRATIONS_FOLDER = path.join(import.meta.dirname, '../../../prisma/migrations')

export const OLDEST_POSTGRES = 15

/** How long a starting process waits for another one that is migrating the same database. */
export const MIGRATION_LOCK_WAIT_MS = 120_000

const CONNECT_TIMEOUT_MS = 10_000

/** The database cannot be brought to the state this version needs. The message names the migration and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

export interface MigrateOptions {
  /** A direct connection: through a pooler in transaction mode the lock would not hold. */
  url: string
  folder?: string
  lockWaitMs?: number
}

/**
 * Applies the missing migrations and records them in `_prisma_migrations`. Processes that start at once wait for each
 * other.
 * @returns the names of the migrations applied now, in their order.
 * @throws MigrationError if the database cannot be reached, is too old or is ahead of this version; or if a migration
 * failed, now or earlier, or was edited after it was applied.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.folder ?? MIGRATIONS_FOLDER)
  return withEngine(options, async (engine) => {
    await refuseBrokenHistory(engine, migrations)
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: migrations,
        filters: NO_FILTERS
      })
      return appliedMigrationNames
    } catch (error) {
      throw new MigrationError(await explained(engine, migrations, engineErrorMessage(error)), { cause: error })
    }
  })
}

/**
 * Deletes the record of a failed migration, so that the next {@link migrate} runs it again.
 * @throws MigrationError if `name` is not recorded as failed.
 */
export async function forgetFailedMigration(options: MigrateOptions, name: string): Promise<void> {
  await withEngine(options, async (engine) => {
    try {
      await engine.markMigrationRolledBack({ migrationName: name })
    } catch (error) {
      throw new MigrationError(engineErrorMessage(error), { cause: error })
    }
  })
}

async function withEngine<T>(
  { url, lockWaitMs = MIGRATION_LOCK_WAIT_MS }: MigrateOptions,
  work: (engine: SchemaEngine) => Promise<T>
): Promise<T> {
  const lock = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sluice migrate lock'
  })
  // A lost connection fails the query that is waiting for it; without a listener it would also end the process.
  lock.on('error', () => {})
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sluice migrate'
  })
  pool.on('error', () => {})
  try {
    await lock.connect()
  } catch (error) {
    throw unreachable(url, error)
  }
  try {
    await refuseOldServer(lock)
    await takeLock(lock, lockWaitMs)
    const engine = await openSchemaEngine(pool)
    try {
      return await work(engine)
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
    await lock.end()
  }
}

// The message omits the user and the password.
function unreachable(url: string, error: unknown): MigrationError {
  const { host, pathname } = new URL(url)
  const { message, code } = error as NodeJS.ErrnoException
  const said = `The database ${host}${pathname} cannot be used: ${message || code}${tlsHint(error)}`
  return new MigrationError(said, { cause: error })
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const {
    rows: [row]
  } = await client.query<{ version: number }>(`select current_setting('server_version_num')::int / 10000 as version`)
  if (row && row.version < OLDEST_POSTGRES) {
    throw new MigrationError(
      `The database server is PostgreSQL ${row.version}; version ${OLDEST_POSTGRES} or newer is needed.`
    )
  }
}

async function takeLock(client: pg.Client, waitMs: number): Promise<void> {
  await client.query(`select set_config('lock_timeout', $1, false)`, [`${waitMs}ms`])
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migrations])
  } catch (error) {
    if ((error as pg.DatabaseError).code !== '55P03') throw error
    throw new MigrationError(
      `Another process has been migrating this database for ${waitMs / 1000} s. ` +
        'Let it finish or stop it, then start again.'
    )
  }
}

function diagnose(
  engine: SchemaEngine,
  migrations: MigrationList
): ReturnType<SchemaEngine['diagnoseMigrationHistory']> {
  return engine.diagnoseMigrationHistory({
    migrationsList: migrations,
    filters: NO_FILTERS,
    optInToShadowDatabase: false
  })
}

async function refuseBrokenHistory(engine: SchemaEngine, migrations: MigrationList): Promise<void> {
  const { failedMigrationNames, editedMigrationNames, history } = await diagnose(engine, migrations)
  if (failedMigrationNames.length > 0) throw new MigrationError(failed(failedMigrationNames))
  if (editedMigrationNames.length > 0) {
    throw new MigrationError(
      `${named(editedMigrationNames)} changed after it was applied to this database. ` +
        'Restore its file as it was, and put the change into a new migration.'
    )
  }
  if (history && history.diagnostic !== 'databaseIsBehind') {
    throw new MigrationError(
      'The database is ahead of this version: ' +
        `it has ${named(history.unpersistedMigrationNames)}, which this version does not know. ` +
        'Start the newer version, or use another database.'
    )
  }
}

async function explained(engine: SchemaEngine, migrations: MigrationList, said: string): Promise<string> {
  const { failedMigrationNames } = await diagnose(engine, migrations)
  if (failedMigrationNames.length > 0) return failed(failedMigrationNames, ` It said:\n${said}`)
  if (said.includes('schema is not empty'))
    return 'The database holds tables that are not of this program. Use an empty database.'
  return `The migrations could not be applied: ${said}`
}

// Each script runs as one transaction, so a failed one leaves nothing to clean up.
function failed(names: readonly string[], reason = ''): string {
  return (
    `${named(names)} failed, and nothing of it was kept.${reason}\n` +
    `Correct the cause, then let it run again with: npm run db:migrate -- --retry ${names[0]}`
  )
}

function named(names: readonly string[]): string {
  return `migration ${names.map((name) => `"${name}"`).join(', ')}`
}

const LOCKFILE = 'migration_lock.toml'
const SCRIPT = 'migration.sql'
const NAME = /^\d{14}_[a-z0-9_]+$/

/**
 * Reads the migrations of a folder in their order, in the shape that the schema engine expects.
 * @throws Error that names a folder without a script.
 */
export async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map((entry) => entry.name)
    .sort()
  return {
    baseDir: path.resolve(folder),
    lockfile: { path: LOCKFILE, content: await readFile(path.join(folder, LOCKFILE), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: SCRIPT,
          content: { tag: 'ok' as const, value: await readFile(path.join(folder, name, SCRIPT), 'utf8') }
        }
      }))
    )
  }
}
