import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { isObject } from '../../../lib/json.ts'
import type { Answer } from './answer.ts'

interface Options {
  header?: boolean | readonly string[]
  delimiter?: string
}

/**
 * Reads CSV (RFC 4180). Every cell is text; empty lines are skipped.
 * @returns rows as lists, or with `header` as objects by the names in the first row
 * @throws Error for misplaced quotes, rows of different lengths, and repeated names
 */
export function parseCsv(text: unknown, options: unknown): Answer {
  if (typeof text !== 'string') throw new Error('csv.parse reads text only')
  const { header = false, delimiter } = optionsOf(options)
  if (typeof header !== 'boolean') throw new Error('the header of csv.parse must be true or false')
  const rows = parse(text, { delimiter, bom: true, skip_empty_lines: true })
  if (!header) return { value: rows }
  const [names = [], ...others] = rows
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  if (repeated !== undefined) throw new Error(`the header names ${JSON.stringify(repeated)} twice`)
  return { value: others.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))) }
}

/**
 * Writes CSV (RFC 4180), each row ended by CRLF.
 * @param rows lists, or objects: their names become the first row unless `header` is false; a list of names as `header`
 * chooses and orders the columns
 * @throws Error for cells that are lists or objects
 */
export function formatCsv(rows: unknown, options: unknown): Answer {
  if (!Array.isArray(rows)) throw new Error('csv.format writes a list of rows')
  const { header, delimiter } = optionsOf(options)
  const given = Array.isArray(header) ? (header as readonly string[]) : undefined
  const table = rows.every((row) => Array.isArray(row)) ? rows : undefined
  if (table === undefined && !rows.every(isObject)) throw new Error('the rows must be all lists, or all objects')
  const records = table === undefined ? (rows as Record<string, unknown>[]) : []
  const names = given ?? [...new Set(records.flatMap((row) => Object.keys(row)))]
  const body = table ?? records.map((row) => names.map((name) => (Object.hasOwn(row, name) ? row[name] : null)))
  const hasHead = given !== undefined || (table === undefined && header !== false)
  const cells = [...(hasHead && names.length > 0 ? [names] : []), ...body].map((row) => row.map(cellText))
  return {
    value: stringify(cells, {
      delimiter,
      record_delimiter: 'windows',
      quoted_match: /[\r\n]/,
      // A row with one empty cell would be an empty line, which is no row.
      quoted_empty: cells.every((row) => row.length === 1)
    })
  }
}

function optionsOf(options: unknown): { header?: Options['header']; delimiter: string } {
  if (options !== null && !isObject(options)) throw new Error('the options of csv must be an object')
  const { header, delimiter = ',' }: Options = options ?? {}
  if (typeof delimiter !== 'string' || !/^[^"\r\n]$/u.test(delimiter))
    throw new Error('the delimiter must be one character, and neither a quote nor a line end')
  return { delimiter, ...(header === undefined ? {} : { header }) }
}

function cellText(value: unknown): string {
  if (value === null) return ''
  if (typeof value === 'object') throw new Error('a cell is a list or an object: write it as text')
  return String(value)
}
