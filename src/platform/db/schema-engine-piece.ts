import { readFile } from 'node:fs/promises'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type pg from 'pg'
import { schemaEngineAdapter } from './schema-engine.ts'

export type SchemaEngine = bindings.SchemaEngine

/** No table or enum of ours is managed from outside the schema. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] }

let loaded: Promise<void> | undefined

/**
 * Prisma's schema engine in WebAssembly, working through `pool`: the same migrations and the same `_prisma_migrations` table as
 * `prisma migrate deploy`, whose native engine would have to be downloaded.
 *
 * @param pool for the engine alone, of one connection, so that what it locks in its session stays locked for its next statement.
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

/** What an error of the engine says, without the stack of the engine's own code. */
export function engineErrorMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^external connector error\n/, '')
    .replace(/\n\s+0: [^]*$/, '')
    .trim()
}

/** The part of Node's WebAssembly that is used here: TypeScript declares it for browsers only. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

// The package's entry imports its .wasm as a module, which Node does not do: it is put together by hand, once for the process.
async function load(): Promise<void> {
  const wasm = await readFile(new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm')))
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
  const { instance } = await WebAssembly.instantiate(wasm, {
    './schema_engine_bg.js': { ...bindings, ...unheldTimers() }
  })
  // Called with the reason before a panic, which the trap that follows would not tell. The client's query engine registers its own in the same place.
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

// The engine never clears the timer of its lock: left as it is, a process that is done would stay for its 10 seconds.
function unheldTimers(): Record<string, (callback: () => void, ms: number) => NodeJS.Timeout> {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'))
  return Object.fromEntries(names.map((name) => [name, (callback, ms) => setTimeout(callback, ms).unref()]))
}
