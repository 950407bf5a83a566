import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { rulesOf } from './migrations.ts'

/**
 * How long a statement of a migration waits for a lock. Other statements, readers too, queue behind it, so it gives up
 * soon and is tried again.
 */
export const MIGRATION_LOCK_TIMEOUT_MS = 3_000
const ATTEMPTS = 20
const PAUSE_MS = 1_000
/** `lock_not_available` and `deadlock_detected`: other transactions were in the way, and nothing was changed. */
const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(['55P03', '40P01'])

const STATEMENT_END = /;[ \t]*(?:\n|$)/
const INDEX_TO_CREATE = /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+"?([a-z0-9_]+)"?\s/i

/**
 * Runs the script of a migration. It runs in one transaction, which is repeated if it does not get its locks. With the
 * line `-- transaction: none`, its statements run one after the other instead; these can be repeated.
 * @throws the error of the database
 */
export async function runScript(pool: pg.Pool, script: string): Promise<void> {
  if (rulesOf(script).hasTransaction) await repeat(() => pool.query(script))
  else await runStatements(pool, script)
}

async function repeat(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (attempt >= ATTEMPTS || !IN_THE_WAY.has((error as pg.DatabaseError).code)) throw error
      await pause(PAUSE_MS)
    }
  }
}

async function runStatements(pool: pg.Pool, script: string): Promise<void> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    // Other statements do not queue behind CONCURRENTLY, and it has to wait for all open transactions.
    await client.query('set lock_timeout = 0')
    for (const statement of script.split(STATEMENT_END)) {
      if (statement.replace(/^\s*--.*$/gm, '').trim() === '') continue
      const index = INDEX_TO_CREATE.exec(statement)?.[1]
      if (index !== undefined) await dropUnfinishedIndex(client, index)
      await client.query(statement)
    }
    await client.query('reset lock_timeout')
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    client.release(failure)
  }
}

/** An index whose build was interrupted is left invalid and keeps its name. */
async function dropUnfinishedIndex(client: pg.PoolClient, name: string): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relname = $1 and c.relnamespace = current_schema()::regnamespace and not i.indisvalid`,
    [name]
  )
  if (rowCount !== 0) await client.query(`drop index concurrently if exists "${name}"`)
}
