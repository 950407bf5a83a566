import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { compileVersion, type StoredVersion } from './compile-version-piece.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import type { CompiledFlow } from '../dsl/index.ts'

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
