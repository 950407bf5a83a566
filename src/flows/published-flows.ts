import { createLru } from '../lib/lru.ts'
import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import type { CompiledFlow } from '../dsl/index.ts'
import { compileVersion, type StoredVersion } from './compile-version.ts'

/** The published version of a flow, which listeners run, compiled. */
export interface PublishedFlow {
  flowId: string
  workspaceId: string
  version: number
  compiled: CompiledFlow
}

interface Row extends StoredVersion {
  id: string
  workspace_id: string
  version: number
}

/** Compiled flows are larger than rows, so fewer of them are cached. */
const CACHE_SIZE = 5_000

const PUBLISHED_BY_ID = `
  select f.id, f.workspace_id, v.version, v.document, v.openapi::text as openapi
    from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
   where f.id = $1`

export interface FlowCacheDeps extends CacheDeps {
  expressions: Expressions
}

/**
 * Creates the cache of published flows by id. A version is compiled when it is first called, and not again when its row
 * is reloaded: versions never change.
 */
export function createFlowCache(deps: FlowCacheDeps): RecordCache<PublishedFlow> {
  const compiled = createLru<CompiledFlow>(CACHE_SIZE)

  function compile(row: Row): CompiledFlow {
    const key = `${row.id}@${row.version}`
    const flow = compiled.get(key) ?? compileVersion(row, deps.expressions)
    compiled.set(key, flow)
    return flow
  }

  return createRecordCache(deps, {
    topic: 'flow',
    size: CACHE_SIZE,
    async load(id) {
      const {
        rows: [row]
      } = await deps.database.pool.query<Row>({ name: 'published_flow_by_id', text: PUBLISHED_BY_ID, values: [id] })
      return row && { flowId: row.id, workspaceId: row.workspace_id, version: row.version, compiled: compile(row) }
    }
  })
}
