import { once } from 'node:events'
import type { Pool } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

// Rows in the binary format of `COPY` (PostgreSQL manual, `COPY`, "Binary Format"). Until they are sent, each is one
// text whose characters are its bytes: V8 keeps such a text in one byte for each character, and copies it as a whole.

/** Signature, flags and the length of an extension: none of both. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** The number of columns of a row that is none. */
const TRAILER = Buffer.from('\xff\xff', 'latin1')
const NULL = '\xff\xff\xff\xff'
/** PostgreSQL counts microseconds from here. */
const TIME_ORIGIN_MS = Date.UTC(2000, 0, 1)
const HIGH = 2 ** 32

/** Lengths up to here are written often: their bytes are kept. */
const KEPT_LENGTHS = 4_096
const keptLengths: (string | undefined)[] = Array.from({ length: KEPT_LENGTHS }, () => undefined)

/** A row of these columns for {@link createCopy}. */
export function copyRow(columns: readonly string[]): string {
  return `${String.fromCharCode(columns.length >>> 8, columns.length & 0xff)}${columns.join('')}`
}

/** A column of type `text`, `varchar` or `json`; undefined and null are NULL. */
export function copyText(text: string | null | undefined): string {
  if (text === undefined || text === null) return NULL
  const bytes = Buffer.byteLength(text)
  // Where each character is one byte, the text is its bytes.
  return lengthBytes(bytes) + (bytes === text.length ? text : Buffer.from(text).toString('latin1'))
}

/** A column of type `integer`. */
export function copyInteger(value: number): string {
  return lengthBytes(4) + fourBytes(value)
}

let lastMs = NaN
let lastTime = ''

/**
 * A column of type `timestamptz`. Calls of the same millisecond share the text.
 * @param ms milliseconds since 1970
 */
export function copyTime(ms: number): string {
  if (ms !== lastMs) {
    const micros = (ms - TIME_ORIGIN_MS) * 1000
    lastTime = lengthBytes(8) + fourBytes(Math.floor(micros / HIGH)) + fourBytes(micros)
    lastMs = ms
  }
  return lastTime
}

function lengthBytes(length: number): string {
  if (length >= KEPT_LENGTHS) return fourBytes(length)
  return (keptLengths[length] ??= fourBytes(length))
}

/** The low 32 bits of a number, the highest byte first. */
function fourBytes(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

/** Rows are sent in pieces of this many bytes; a longer row is a piece of its own. */
const PIECE_BYTES = 256 * 1024
/** Pieces that are kept for the next copy: new memory costs more than what is written into it. */
const KEPT_PIECES = 8

/** Writes rows into one table, one copy at a time. */
export type CopyRows = (rows: readonly string[]) => Promise<void>

/**
 * Prepares to write rows by `COPY`, which takes the database less time than an `INSERT` of the same rows.
 * @param target the table with the names of its columns, such as `run (id, status)`
 * @returns writes rows, each as {@link copyRow} gives it. Rejects with the error of the database; no row is written
 *   then
 * @example
 * const copyRuns = createCopy(pool, 'run (id, flow_version)')
 * await copyRuns([copyRow([copyText(id), copyInteger(flowVersion)])])
 */
export function createCopy(pool: Pool, target: string): CopyRows {
  let kept: Buffer[] = []

  return async (rows) => {
    const client = await pool.connect()
    let failure: Error | undefined
    // The socket may still hold them until the copy has ended.
    const used: Buffer[] = []
    try {
      const stream = client.query(copyFrom(`copy ${target} from stdin (format binary)`))
      const ended = once(stream, 'finish')
      stream.write(HEADER)
      for (let row = 0; row < rows.length;) {
        let piece = kept.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
        if (sizeOf(rows[row]) > piece.length) piece = Buffer.allocUnsafeSlow(sizeOf(rows[row]))
        used.push(piece)
        let length = 0
        for (; row < rows.length && length + sizeOf(rows[row]) <= piece.length; row++)
          length += piece.write(rows[row] ?? '', length, 'latin1')
        stream.write(piece.subarray(0, length))
      }
      stream.end(TRAILER)
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

function sizeOf(row: string | undefined): number {
  return row?.length ?? 0
}
