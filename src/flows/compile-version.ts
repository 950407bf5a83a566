import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import { type CompiledFlow, compileFlow, type FlowDocument } from '../dsl/index.ts'
import type { PinnedOpenApi } from './pin-openapi.ts'

const CACHE_SIZE = 1_000

const BY_VERSION = 'select document, openapi::text as openapi from flow_version where flow_id = $1 and version = $2'

/** The version of a flow that a run is pinned to, compiled; undefined where the flow was deleted. */
export type ReadFlowVersion = (flowId: string, version: number) => Promise<CompiledFlow | undefined>

/** Versions never change, so nothing here grows old. */
export function createFlowVersions({ pool, expressions }: { pool: Pool; expressions: Expressions }): ReadFlowVersion {
  const compiled = new LRUCache<string, CompiledFlow>({ max: CACHE_SIZE })
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

/** A version as hot statements read it. */
export interface StoredVersion {
  document: FlowDocument
  /** JSON text, so that it is parsed only where it is compiled: it may be large. */
  openapi: string | null
}

/** Compiles a version with the OpenAPI documents that were pinned when it was saved: nothing is fetched. */
export function compileVersion({ document, openapi }: StoredVersion, expressions: Expressions): CompiledFlow {
  return compileFlow(document, expressions, { openapi: pinnedFromJson(openapi === null ? null : JSON.parse(openapi)) })
}

/** As it is kept beside a version; undefined where there is nothing to keep. */
export function pinnedToJson(pinned: PinnedOpenApi): Readonly<Record<string, unknown>> | undefined {
  return pinned.size === 0 ? undefined : Object.fromEntries(pinned)
}

export function pinnedFromJson(json: unknown): PinnedOpenApi {
  return new Map(Object.entries(json ?? {}))
}
