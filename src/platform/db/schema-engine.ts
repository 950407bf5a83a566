import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory
} from '@prisma/driver-adapter-utils'
import pg from 'pg'

const CHAR: number = pg.types.builtins.CHAR
const TEXT: number = pg.types.builtins.TEXT

/**
 * Prisma's adapter with two corrections that its schema engine needs, and that the native engine has too:
 *
 * 1. A script is sent as it is, in one go. The adapter cuts it at every semicolon, also inside function bodies and strings, and commits piece by
 *    piece; in one go PostgreSQL runs it as one transaction, so that a failed migration leaves nothing behind.
 * 2. The one-byte type "char" of PostgreSQL's catalogues is known, which the engine reads to describe a database.
 *
 * @param pool for the engine alone: its `query` is replaced.
 */
export function schemaEngineAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool)
  const charColumns = noteCharColumns(pool)
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const adapter = await factory.connect()
      const queryRaw = adapter.queryRaw.bind(adapter)
      adapter.queryRaw = async (query) => {
        const result = await queryRaw(query)
        for (const column of charColumns.get(result.rows) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character
        return result
      }
      adapter.executeScript = async (script) => {
        await pool.query(script).catch((error: unknown) => {
          throw error instanceof pg.DatabaseError ? new DriverAdapterError(described(error)) : error
        })
      }
      return adapter
    }
  }
}

// The adapter refuses a result with that type: it is shown as text, and noted by the result's rows, which the adapter passes on as they are.
function noteCharColumns(pool: pg.Pool): WeakMap<object, number[]> {
  const noted = new WeakMap<object, number[]>()
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>
  pool.query = (async (...args: unknown[]) => {
    const result = await query(...args)
    const columns = (result.fields ?? []).flatMap((field, column) => (field.dataTypeID === CHAR ? [column] : []))
    for (const column of columns) result.fields[column]!.dataTypeID = TEXT
    if (columns.length > 0) noted.set(result.rows, columns)
    return result
  }) as typeof pool.query
  return noted
}

function described({
  code = 'unknown',
  severity = 'ERROR',
  message,
  detail,
  column,
  hint
}: pg.DatabaseError): ConstructorParameters<typeof DriverAdapterError>[0] {
  return { kind: 'postgres', code, severity, message, detail, column, hint }
}
