import type { Page } from './page.ts'
import { Fault } from '../../lib/fault.ts'

/** The key after which a list in the order of a unique key goes on, or undefined for its start. @throws Fault `validation_failed` for a cursor that was not given out */
export function keyOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const match = /^~([\w-]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (!match)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/cursor', message: 'is not a cursor that this list gave' }]
    })
  return match[1]
}

/** One page of rows that were asked for with `take: limit + 1`, in the order of a unique key. */
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
