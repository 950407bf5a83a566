import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { NO_FILTERS, openSchemaEngine } from './schema-engine-piece.ts'

const DIFFERENT = 2

/**
 * The SQL that brings the database at `url` to what the Prisma schema in `file` says; `undefined` where it is there. What a schema cannot say,
 * such as triggers, is left alone.
 */
export async function missingFrom(url: string, file: string): Promise<string | undefined> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  try {
    const engine = await openSchemaEngine(pool)
    const files = [{ path: file, content: await readFile(file, 'utf8') }]
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: NO_FILTERS
    })
    engine.free()
    return exitCode === DIFFERENT ? (stdout ?? undefined) : undefined
  } finally {
    await pool.end()
  }
}
