import type { Io } from './io.ts'

/** Prints for people, or for programs with `--json`. */
export interface Output {
  /** One thing, or what was done. `text` is what people see. */
  value(value: unknown, text: string): void
  /** Rows under these columns; for programs every field, one array. */
  table(rows: readonly object[], columns: readonly string[]): void
  /** One line of a stream. */
  line(value: unknown, text: string): void
  /** A note for people, besides the result. Not printed with `--json`. */
  note(text: string): void
}

export function createOutput(io: Io, json: boolean): Output {
  const print = (text: string): void => void io.stdout.write(`${text}\n`)
  return {
    value: (value, text) => print(json ? JSON.stringify(value, null, 2) : printable(text)),
    table: (rows, columns) => print(json ? JSON.stringify(rows, null, 2) : tableOf(rows, columns)),
    line: (value, text) => print(json ? JSON.stringify(value) : printable(text)),
    note(text) {
      if (!json) io.stderr.write(`${printable(text)}\n`)
    }
  }
}

function tableOf(rows: readonly object[], columns: readonly string[]): string {
  const cells = [
    columns,
    ...rows.map((row) => columns.map((column) => cellOf((row as Record<string, unknown>)[column])))
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

/**
 * Replaces control characters: names and problems come from others, and must not move the cursor or change the
 * terminal.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
