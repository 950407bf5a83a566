import { once } from 'node:events'
import type { Pool } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** What separates columns and lines of a copy, and what precedes an escape (PostgreSQL manual, `COPY`, text format). */
const SPECIAL = /[\\\n\r\t]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const NULL = '\\N'

/** A text column of a row for {@link copyRows}; undefined and null are NULL. */
export function copyColumn(text: string | null | undefined): string {
  if (text === undefined || text === null) return NULL
  // Four searches by the processor's own instructions take less than one expression.
  return text.includes('\\') || text.includes('\n') || text.includes('\r') || text.includes('\t')
    ? text.replace(SPECIAL, (character) => ESCAPES[character] ?? character)
    : text
}

/**
 * Writes rows by `COPY`, which takes the database a third less time than an `INSERT` of the same rows.
 * @param target the table with the names of its columns, such as `run (id, status)`
 * @param rows each has its columns as {@link copyColumn} gives them, with a tab between two
 * @throws (rejects with) the error of the database; no row is written then
 * @example
 * await copyRows(pool, 'run (id, status)', [`${copyColumn(id)}\t${copyColumn(status)}`])
 */
export async function copyRows(pool: Pool, target: string, rows: readonly string[]): Promise<void> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    const stream = client.query(copyFrom(`copy ${target} from stdin`))
    stream.end(Buffer.from(`${rows.join('\n')}\n`))
    await once(stream, 'finish')
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    client.release(failure)
  }
}
