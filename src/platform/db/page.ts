import { Fault } from '../../lib/fault.ts'

export const PAGE_LIMIT_DEFAULT = 50
export const PAGE_LIMIT_MAX = 200

export interface PageRequest {
  limit: number
  cursor?: string | undefined
}

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/**
 * Lists report their total up to this number, and beyond it only that there is more, because counting costs as much as
 * reading.
 */
export const TOTAL_MAX = 1_000
export type Total = number | '1000+'

/** A page of a list with filters. */
export interface CountedPage<T> extends Page<T> {
  total: Total
}

/** @param counted the number of rows, where counting stopped at `TOTAL_MAX + 1` */
export function totalOf(counted: number): Total {
  return counted > TOTAL_MAX ? '1000+' : counted
}

type TimeField = 'createdAt' | 'startedAt' | 'lastUsedAt' | 'at'

/**
 * The last row of the previous page; undefined for the first page.
 * @throws Fault `validation_failed` for a cursor that no list returned
 */
export function readCursor(cursor: string | undefined): { time: Date; id: string } | undefined {
  if (cursor === undefined) return undefined
  const match = /^(\d{1,16})~([a-z]{3}_[0-9A-Za-z]{1,40})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const time = new Date(Number(match?.[1]))
  if (!match?.[2] || Number.isNaN(time.getTime()))
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/cursor', message: 'is not a cursor that this list gave' }]
    })
  return { time, id: match[2] }
}

/**
 * The `where` of the rows after a cursor, ordered by descending time and then by descending id. The `AND` gives an
 * index a bound to start from: the `OR` alone would read every row before the cursor.
 * @throws Fault as {@link readCursor}
 */
export function afterCursor<F extends TimeField>(
  field: F,
  cursor: string | undefined
): { AND?: Record<string, unknown>; OR?: Record<string, unknown>[] } {
  const last = readCursor(cursor)
  return last
    ? {
        AND: { [field]: { lte: last.time } },
        OR: [{ [field]: { lt: last.time } }, { [field]: last.time, id: { lt: last.id } }]
      }
    : {}
}

/** Makes a cursor for the rows after this one. */
export function cursorTo(time: Date, id: string): string {
  return Buffer.from(`${time.getTime()}~${id}`, 'latin1').toString('base64url')
}

/** Makes a page from rows queried with `take: limit + 1`, newest first. */
export function pageOf<R extends { id: string }, F extends TimeField, T>(
  rows: (R & Record<F, Date>)[],
  limit: number,
  field: F,
  present: (row: R) => T
): Page<T> {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return {
    items: items.map(present),
    nextCursor: last ? cursorTo(last[field], last.id) : null
  }
}

/** A table of rows that lists show, newest first. `W` is a condition on its rows. */
export interface ListedTable<W, R> {
  findMany(query: { where: W; orderBy: typeof NEWEST_FIRST; take: number }): PromiseLike<R[]>
  count(query: { where: W; take: number }): PromiseLike<number>
}

const NEWEST_FIRST: [{ createdAt: 'desc' }, { id: 'desc' }] = [{ createdAt: 'desc' }, { id: 'desc' }]

/**
 * Reads one page of the matching rows, newest first, and counts the matching rows.
 * @throws Fault as {@link readCursor}
 */
export async function countedPage<W extends object, R extends { id: string; createdAt: Date }, T>(
  table: ListedTable<W, R>,
  fitting: W,
  { limit, cursor }: PageRequest,
  present: (row: R) => T
): Promise<CountedPage<T>> {
  const where = { AND: [fitting, afterCursor('createdAt', cursor)] } as object as W
  const [rows, counted] = await Promise.all([
    table.findMany({ where, orderBy: NEWEST_FIRST, take: limit + 1 }),
    table.count({ where: fitting, take: TOTAL_MAX + 1 })
  ])
  return { ...pageOf(rows, limit, 'createdAt', present), total: totalOf(counted) }
}

/** Escapes text for LIKE, so that `%` and `_` match literally. */
export function literalLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** The condition that a column contains a text, in either case. Matches `%` and `_` literally. */
export function containing(text: string): { contains: string; mode: 'insensitive' } {
  return { contains: literalLike(text), mode: 'insensitive' }
}

/**
 * The unique key after which a list continues; undefined for its start.
 * @throws Fault `validation_failed` for a cursor that no list returned
 */
export function keyOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const match = /^~([\w-]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (!match)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/cursor', message: 'is not a cursor that this list gave' }]
    })
  return match[1]
}

/** Makes a page from rows queried with `take: limit + 1`, in the order of a unique key. */
export function pageByKey<R, T>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => string | number,
  present: (row: R) => T
): Page<T> {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return {
    items: items.map(present),
    nextCursor: last === undefined ? null : Buffer.from(`~${keyOf(last)}`, 'latin1').toString('base64url')
  }
}
