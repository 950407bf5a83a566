import { once } from 'node:events'
import type { Pool } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** What separates columns and lines of a copy, and what precedes an escape (PostgreSQL manual, `COPY`, text format). */
const SPECIAL = /[\\\n\r\t]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const NULL = '\\N'
const LINE_END = 0x0a

/** A text column of a row for {@link createCopy}; undefined and null are NULL. */
export function copyColumn(text: string | null | undefined): string {
  if (text === undefined || text === null) return NULL
  // Four searches by the processor's own instructions take less than one expression.
  return text.includes('\\') || text.includes('\n') || text.includes('\r') || text.includes('\t')
    ? text.replace(SPECIAL, (character) => ESCAPES[character] ?? character)
    : text
}

/** Rows are sent in pieces of this many bytes; a longer row is a piece of its own. */
const PIECE_BYTES = 256 * 1024
/** A character takes at most this many bytes in UTF-8. */
const CHARACTER_BYTES = 3
/** Pieces that are kept for the next copy: new memory costs more than what is written into it. */
const KEPT_PIECES = 8

/** Writes rows into one table, one copy at a time. */
export type CopyRows = (rows: readonly string[]) => Promise<void>

/**
 * Prepares to write rows by `COPY`, which takes the database less time than an `INSERT` of the same rows.
 * @param target the table with the names of its columns, such as `run (id, status)`
 * @returns writes rows, each with its columns as {@link copyColumn} gives them and a tab between two. Rejects with the
 *   error of the database; no row is written then
 * @example
 * const copyRuns = createCopy(pool, 'run (id, status)')
 * await copyRuns([`${copyColumn(id)}\t${copyColumn(status)}`])
 */
export function createCopy(pool: Pool, target: string): CopyRows {
  let kept: Buffer[] = []

  return async (rows) => {
    const client = await pool.connect()
    let failure: Error | undefined
    // The socket may still hold them until the copy has ended.
    const used: Buffer[] = []
    try {
      const stream = client.query(copyFrom(`copy ${target} from stdin`))
      const ended = once(stream, 'finish')
      for (let row = 0; row < rows.length;) {
        let piece = kept.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
        if (roomFor(rows[row]) > piece.length) piece = Buffer.allocUnsafeSlow(roomFor(rows[row]))
        used.push(piece)
        let length = 0
        for (; row < rows.length && length + roomFor(rows[row]) <= piece.length; row++)
          length = writeLine(piece, rows[row] ?? '', length)
        stream.write(piece.subarray(0, length))
      }
      stream.end()
      await ended
      kept = [...kept, ...used.filter(({ length }) => length === PIECE_BYTES)].slice(0, KEPT_PIECES)
    } catch (error) {
      failure = error as Error
      throw error
    } finally {
      client.release(failure)
    }
  }
}

/** The bytes that a row takes at most, with the end of its line. */
function roomFor(row: string | undefined): number {
  return ((row?.length ?? 0) + 1) * CHARACTER_BYTES
}

/** @returns where the next line begins */
function writeLine(piece: Buffer, row: string, at: number): number {
  const end = at + piece.write(row, at)
  piece[end] = LINE_END
  return end + 1
}
