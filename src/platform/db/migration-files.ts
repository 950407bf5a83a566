import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'

const LOCKFILE = 'migration_lock.toml'
const SCRIPT = 'migration.sql'
const NAME = /^\d{14}_[a-z0-9_]+$/

/** The migrations of a folder in their order, in the shape that the schema engine takes. @throws Error that names a folder without its script. */
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
