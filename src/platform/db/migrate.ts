import { setTimeout as pause } from 'node:timers/promises'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { ADVISORY_LOCKS } from '../../lib/advisory-locks.ts'
import { incompatible, keepRules, named, newerSchemaMessage } from './migration-rules.ts'
import { MIGRATION_LOCK_TIMEOUT_MS } from './migration-script.ts'
import { MIGRATIONS_FOLDER, readMigrations, rulesOf, scriptsOf } from './migrations.ts'
import { engineErrorMessage, NO_FILTERS, openSchemaEngine, type SchemaEngine } from './schema-engine.ts'
import { tlsHint } from './tls-hint.ts'

export { MIGRATIONS_FOLDER, readMigrations } from './migrations.ts'

export const OLDEST_POSTGRES = 15

/** How long a starting process waits for another one that is migrating the same database. */
export const MIGRATION_LOCK_WAIT_MS = 120_000

const LOCK_POLL_MS = 200

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
  /** Called if the database has these migrations of a newer version, and this version may run on them. */
  onNewer?(migrations: readonly string[]): void
}

/**
 * Applies the missing migrations and records them in `_prisma_migrations`. Processes that start at once wait for each
 * other.
 * @returns the names of the migrations applied now, in their order.
 * @throws MigrationError if the database cannot be reached, is too old or is ahead of this version in a way that it may
 * not run on; or if a migration failed, now or earlier, or was edited after it was applied.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.folder ?? MIGRATIONS_FOLDER)
  return withEngine(options, async (engine, client) => {
    const newer = await refuseBrokenHistory(engine, client, migrations)
    if (newer.length > 0) {
      options.onNewer?.(newer)
      return []
    }
    // Before the migrations, so that no older process sees one without its rules. At a first start there is no older
    // process, and the engine would refuse a database that already has a table.
    if (await hasHistory(client)) await keepRules(client, scriptsOf(migrations))
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: migrations,
        filters: NO_FILTERS
      })
      await keepRules(client, scriptsOf(migrations))
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
  work: (engine: SchemaEngine, client: pg.Client) => Promise<T>
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
    lock_timeout: MIGRATION_LOCK_TIMEOUT_MS,
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
      return await work(engine, lock)
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

// Polls instead of waiting: a waiting statement is an open transaction, and CREATE INDEX CONCURRENTLY in the process
// that has the lock would wait for it.
async function takeLock(client: pg.Client, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs
  for (;;) {
    const {
      rows: [row]
    } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [ADVISORY_LOCKS.migrations])
    if (row?.mine) return
    if (performance.now() > end) {
      throw new MigrationError(
        `Another process has been migrating this database for ${waitMs / 1000} s. ` +
          'Let it finish or stop it, then start again.'
      )
    }
    await pause(LOCK_POLL_MS)
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

async function hasHistory(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(`select to_regclass('_prisma_migrations') is not null as is`)
  return rows[0]?.is ?? false
}

/** @returns the migrations of a newer version that the database has, in which case no migration is missing */
async function refuseBrokenHistory(
  engine: SchemaEngine,
  client: pg.Client,
  migrations: MigrationList
): Promise<readonly string[]> {
  const { failedMigrationNames, editedMigrationNames, history } = await diagnose(engine, migrations)
  if (failedMigrationNames.length > 0) throw new MigrationError(failed(failedMigrationNames, migrations))
  if (editedMigrationNames.length > 0) {
    throw new MigrationError(
      `${named(editedMigrationNames)} changed after it was applied to this database. ` +
        'Restore its file as it was, and put the change into a new migration.'
    )
  }
  if (!history || history.diagnostic === 'databaseIsBehind') return []
  const unknown = history.unpersistedMigrationNames
  if (history.diagnostic === 'historiesDiverge') throw new MigrationError(newerSchemaMessage(unknown))
  const refused = await incompatible(client, unknown, migrations.migrationDirectories.at(-1)?.path)
  if (refused.length > 0) throw new MigrationError(newerSchemaMessage(refused))
  return unknown
}

const LOCK_TIMEOUT = /canceling statement due to lock timeout/

async function explained(engine: SchemaEngine, migrations: MigrationList, said: string): Promise<string> {
  const { failedMigrationNames } = await diagnose(engine, migrations)
  if (LOCK_TIMEOUT.test(said)) {
    for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName })
    return (
      `${named(failedMigrationNames)} did not get its locks, because others use its tables without a pause. ` +
      'Nothing of it was kept. End long transactions, then start again.'
    )
  }
  if (failedMigrationNames.length > 0) return failed(failedMigrationNames, migrations, ` It said:\n${said}`)
  if (said.includes('schema is not empty'))
    return 'The database holds tables that are not of this program. Use an empty database.'
  return `The migrations could not be applied: ${said}`
}

function failed(names: readonly string[], migrations: MigrationList, reason = ''): string {
  const scripts = scriptsOf(migrations)
  // A script that runs in one transaction leaves nothing to clean up.
  const isWhole = names.every((name) => rulesOf(scripts.get(name) ?? '').hasTransaction)
  return (
    `${named(names)} failed, and ${isWhole ? 'nothing of it was kept' : 'what it had finished is kept'}.${reason}\n` +
    `Correct the cause, then let it run again with: npm run db:migrate -- --retry ${names[0]}`
  )
}
