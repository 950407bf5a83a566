import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory
} from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { runScript } from './migration-script.ts'

const CHAR: number = pg.types.builtins.CHAR
const TEXT: number = pg.types.builtins.TEXT

/**
 * Prisma's adapter with two corrections for its schema engine, which the native engine has too:
 * 1. It sends a script as it is, in one query. The adapter splits scripts at every semicolon, also inside function
 * bodies and strings, and commits each piece. In one query PostgreSQL runs the script as one transaction, so that a
 * failed migration leaves nothing behind, unless the script asks for no transaction.
 * 2. It supports PostgreSQL's one-byte type "char", which the engine reads from the catalogues to describe a database.
 * @param pool for the engine alone: its `query` is replaced.
 */
function schemaEngineAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
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
        await runScript(pool, script).catch((error: unknown) => {
          throw error instanceof pg.DatabaseError ? new DriverAdapterError(described(error)) : error
        })
      }
      return adapter
    }
  }
}

// The adapter rejects results with the type "char". The type is reported as text and noted under the result's rows,
// which the adapter passes on unchanged.
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

export type SchemaEngine = bindings.SchemaEngine

/** No table and no enum is managed outside the schema. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] }
/** What `migrate` creates besides the migrations. */
const MADE_BESIDE = { externalTables: ['public.migration_rule'], externalEnums: [] }

let loaded: Promise<void> | undefined

/**
 * Opens Prisma's schema engine in WebAssembly on `pool`. It applies the same migrations and writes the same
 * `_prisma_migrations` table as `prisma migrate deploy`, without the download of a native engine.
 * @param pool for the engine alone, with one connection, so that a lock of its session holds for its next statement.
 * Call `free()` on the result when done.
 */
export async function openSchemaEngine(pool: pg.Pool): Promise<SchemaEngine> {
  loaded ??= load()
  await loaded
  return bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => {},
    bindMigrationAwareSqlAdapterFactory(schemaEngineAdapter(pool))
  )
}

/** The message of the engine's error, without the stack of the engine's own code. */
export function engineErrorMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^external connector error\n/, '')
    .replace(/\n\s+0: [^]*$/, '')
    .trim()
}

/** The part of Node's WebAssembly that is used here: TypeScript declares it only for browsers. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

// The package's entry imports its .wasm as a module, which Node does not support. This loads it by hand, once for each
// process.
async function load(): Promise<void> {
  const wasm = await readFile(new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm')))
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
  const { instance } = await WebAssembly.instantiate(wasm, {
    './schema_engine_bg.js': { ...bindings, ...unheldTimers() }
  })
  // Called with the reason before a panic; the trap that follows does not contain it. The client's query engine
  // registers its own handler in the same place.
  const holder = globalThis as { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } }
  holder.PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message: (message) => {
      throw new Error(`Prisma's schema engine failed: ${message}`)
    }
  }
  const glue = bindings as unknown as { __wbg_set_wasm(exports: unknown): void }
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
}

// The engine never clears the timer of its lock, which would keep a finished process alive for 10 seconds.
function unheldTimers(): Record<string, (callback: () => void, ms: number) => NodeJS.Timeout> {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'))
  return Object.fromEntries(names.map((name) => [name, (callback, ms) => setTimeout(callback, ms).unref()]))
}

const DIFFERENT = 2

/**
 * The SQL that brings the database at `url` to the Prisma schema in `file`; undefined if nothing is missing. Objects
 * that a schema cannot describe, such as triggers, are ignored.
 */
export async function missingFrom(url: string, file: string): Promise<string | undefined> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => {})
  try {
    const engine = await openSchemaEngine(pool)
    const files = [{ path: file, content: await readFile(file, 'utf8') }]
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: MADE_BESIDE
    })
    engine.free()
    return exitCode === DIFFERENT ? (stdout ?? undefined) : undefined
  } finally {
    await pool.end()
  }
}
