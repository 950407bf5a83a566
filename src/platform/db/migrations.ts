import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'

/** The folder with the migrations of this version. */
export const MIGRATIONS_FOLDER = path.join(import.meta.dirname, '../../../prisma/migrations')

const LOCKFILE = 'migration_lock.toml'
const SCRIPT = 'migration.sql'
const NAME = /^\d{14}_[a-z0-9_]+$/

const COMPATIBLE_WITH = /^-- compatible-with: (\d{14}_[a-z0-9_]+)$/m
const NO_TRANSACTION = /^-- transaction: none$/m

const NOT_REPEATABLE = /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+(?!if\s+not\s+exists\b)/i

/** The rules that a script states in comments on lines of their own. */
export interface MigrationRules {
  /**
   * `-- compatible-with: NAME`: code may run on the new schema if NAME is its newest migration, or an older one.
   * Undefined: no older code may run on it.
   */
  compatibleWith: string | undefined
  /** False with `-- transaction: none`: each statement runs by itself, as CREATE INDEX CONCURRENTLY requires. */
  hasTransaction: boolean
}

/** Reads the rules from the comments of a script. */
export function rulesOf(script: string): MigrationRules {
  return { compatibleWith: COMPATIBLE_WITH.exec(script)?.[1], hasTransaction: !NO_TRANSACTION.test(script) }
}

/** The scripts of migrations by name, in order. */
export function scriptsOf({ migrationDirectories }: MigrationList): Map<string, string> {
  return new Map(
    migrationDirectories.map(({ path: name, migrationFile: { content } }) => [
      name,
      content.tag === 'ok' ? content.value : ''
    ])
  )
}

/**
 * Reads the migrations of a folder in order, in the form that the schema engine expects.
 * @throws Error that names a folder without a script, or whose script cannot be repeated
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
      names.map(async (name) => {
        const value = await readFile(path.join(folder, name, SCRIPT), 'utf8')
        if (!rulesOf(value).hasTransaction && NOT_REPEATABLE.test(value))
          throw new Error(`migration "${name}" must say CREATE INDEX CONCURRENTLY IF NOT EXISTS: it may run twice`)
        return { path: name, migrationFile: { path: SCRIPT, content: { tag: 'ok' as const, value } } }
      })
    )
  }
}
