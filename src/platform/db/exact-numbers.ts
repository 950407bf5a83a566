import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlQuery, type SqlQueryable } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { markLongNumbers, markOf, parseJson, restoreLongNumbers, unmarkLongNumbers } from '../../lib/exact-json.ts'
import { ExactNumber } from '../../lib/exact-number.ts'
import type { Prisma, PrismaClient } from './generated/client.ts'

// Prisma parses and writes JSON with doubles, and this cannot be configured. Numbers that are not equal to any double
// pass through it as marked strings: `ExactPrismaPg` converts them on the side of the database, `withExactNumbers` and
// `jsonInput` on the side of the code.

/** The number of result sets so far in which a number was marked. */
let markedSets = 0

/** The adapter of Prisma, for JSON columns whose numbers have any number of digits. */
export class ExactPrismaPg extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    const startTransaction = adapter.startTransaction.bind(adapter) as SqlDriverAdapter['startTransaction']
    adapter.startTransaction = async (isolation) => exchangeMarks(await startTransaction(isolation))
    return exchangeMarks(adapter)
  }
}

/** A client whose JSON results contain `ExactNumber`s. It needs the {@link ExactPrismaPg} adapter. */
export function withExactNumbers(client: PrismaClient): PrismaClient {
  return client.$extends({
    query: {
      async $allOperations({ args, query }) {
        const before = markedSets
        const result: unknown = await query(args)
        return markedSets === before ? result : restoreLongNumbers(result)
      }
    }
  }) as unknown as PrismaClient
}

/** Converts JSON data for a column of the client, because Prisma would serialize an `ExactNumber` as an object. */
export function jsonInput<T>(value: T): T & Prisma.InputJsonObject {
  return markExactNumbers(value) as T & Prisma.InputJsonObject
}

const JSON_TYPES: readonly number[] = [pg.types.builtins.JSON, pg.types.builtins.JSONB]

/** The type parsers of a pool whose rows have JSON with all digits. */
export const EXACT_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    format !== 'binary' && JSON_TYPES.includes(oid)
      ? parseJson
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser']
}

function exchangeMarks<T extends SqlQueryable>(queryable: T): T {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.executeRaw = (query) => executeRaw(withoutMarks(query))
  queryable.queryRaw = async (query) => {
    const set = await queryRaw(withoutMarks(query))
    const columns = set.columnTypes.flatMap((type, column) => (type === ColumnTypeEnum.Json ? [column] : []))
    let isMarked = false
    for (const row of columns.length === 0 ? [] : set.rows) {
      for (const column of columns) {
        const text = row[column]
        if (typeof text !== 'string') continue
        row[column] = markLongNumbers(text)
        isMarked ||= row[column] !== text
      }
    }
    if (isMarked) markedSets++
    return set
  }
  return queryable
}

function withoutMarks(query: SqlQuery): SqlQuery {
  return { ...query, args: query.args.map((arg) => (typeof arg === 'string' ? unmarkLongNumbers(arg) : arg)) }
}

/** Returns a copy with marked strings in place of exact numbers; the same value if it has none. */
function markExactNumbers<T>(value: T): T {
  if (value instanceof ExactNumber) return markOf(value) as T
  if (Array.isArray(value)) {
    const marked = value.map(markExactNumbers)
    return marked.some((member, index) => member !== value[index]) ? (marked as T) : value
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).map(([key, member]) => [key, markExactNumbers(member), member] as const)
  if (entries.every(([, marked, member]) => marked === member)) return value
  return Object.fromEntries(entries) as T
}
