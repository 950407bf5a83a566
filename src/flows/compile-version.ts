import type { Pool } from 'pg'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import { type CompiledFlow, compileFlow, type FlowDocument } from '../dsl/index.ts'
import { createLru } from '../lib/lru.ts'
import type { PinnedOpenApi } from './pin-openapi.ts'

const CACHE_SIZE = 1_000

const BY_VERSION = 'select document, openapi::text as openapi from flow_version where flow_id = $1 and version = $2'

/** Reads and compiles the version that a run is pinned to; undefined if the flow was deleted. */
export type ReadFlowVersion = (flowId: string, version: number) => Promise<CompiledFlow | undefined>

/** Versions never change, so a cached one never becomes stale. */
export function createFlowVersions({ pool, expressions }: { pool: Pool; expressions: Expressions }): ReadFlowVersion {
  const compiled = createLru<CompiledFlow>(CACHE_SIZE)
  return async (flowId, version) => {
    const key = `${flowId}@${version}`
    const known = compiled.get(key)
    if (known) return known
    const {
      rows: [row]
    } = await pool.query<StoredVersion>({ name: 'durable_flow_version', text: BY_VERSION, values: [flowId, version] })
    if (!row) return undefined
    const flow = compileVersion(row, expressions)
    compiled.set(key, flow)
    return flow
  }
}

/** The columns of a version that are needed to compile it. */
export interface StoredVersion {
  document: FlowDocument
  /** JSON text, because it may be large and is parsed only for compiling. */
  openapi: string | null
}

/** Compiles a version with the OpenAPI documents that were pinned when it was saved. Does not fetch anything. */
export function compileVersion({ document, openapi }: StoredVersion, expressions: Expressions): CompiledFlow {
  return compileFlow(document, expressions, { openapi: pinnedFromJson(openapi === null ? null : JSON.parse(openapi)) })
}

/** The form in which pinned documents are stored with a version; undefined if there are none. */
export function pinnedToJson(pinned: PinnedOpenApi): Readonly<Record<string, unknown>> | undefined {
  return pinned.size === 0 ? undefined : Object.fromEntries(pinned)
}

/** The reverse of `pinnedToJson`; `null` and `undefined` are an empty map. */
export function pinnedFromJson(json: unknown): PinnedOpenApi {
  return new Map(Object.entries(json ?? {}))
}
