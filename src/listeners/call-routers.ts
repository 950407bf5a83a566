import FindMyWay from 'find-my-way'
import { type CacheDeps, createRecordCache } from '../platform/db/record-cache.ts'
import { segmentsOf, shapeOf } from './call-path.ts'
import { claimedMethods } from './listener.ts'
import { SLUG_PATTERN } from '../workspaces/slug.ts'

/** The listeners at a path of a workspace. */
export interface PathMatch {
  /** The listener that accepts the method; undefined if no listener of the path does. */
  listenerId: string | undefined
  /** All listeners of the path, oldest first. */
  listenerIds: readonly string[]
  /** The values of the parameters by the listener's own names, percent-decoded once. */
  pathParams: Readonly<Record<string, string>>
}

/** Finds listeners by the slug of their workspace and their own path. */
export interface CallRouters {
  /**
   * @param path as it was sent, percent-encoded, with a leading slash
   * @returns undefined if no listener of the workspace has a path that matches
   * @throws (rejects with) Fault `unavailable`
   */
  find(slug: string, method: string, path: string): Promise<PathMatch | undefined>
}

type Router = (method: string, path: string) => PathMatch | undefined

interface Row {
  id: string
  path: string
  methods: string[]
}

/** The listeners of one shape of path. */
interface Place {
  byMethod: Map<string, Row>
  listeners: Row[]
}

const SLUG = new RegExp(SLUG_PATTERN)
/** The most routers in memory, each with the paths of one workspace. */
const ROUTERS_MAX = 5_000
/** The longest value of a parameter, in characters. A longer one matches nothing. */
const PARAMETER_VALUE_MAX = 1_000
/** Empty segments and dot segments, also percent-encoded: a client or a proxy may resolve them. */
const UNCLEAR = /\/(?:\.|%2e){0,2}(?=\/|$)/i

const BY_SLUG = 'select id from workspace where slug = $1'
const PATHS = `
  select id, path, methods from listener where workspace_id = $1 and path is not null order by created_at, id`

/**
 * The workspace of a slug and the router of a workspace are cached separately: a changed listener announces its
 * workspace, whose slug may have changed meanwhile.
 */
export function createCallRouters(deps: CacheDeps): CallRouters {
  const { pool } = deps.database
  const workspaces = createRecordCache<string>(deps, {
    topic: 'workspace_slug',
    async load(slug) {
      const { rows } = await pool.query<{ id: string }>({ name: 'workspace_by_slug', text: BY_SLUG, values: [slug] })
      return rows[0]?.id
    }
  })
  const routers = createRecordCache<Router>(deps, {
    topic: 'call_path',
    size: ROUTERS_MAX,
    async load(workspaceId) {
      const { rows } = await pool.query<Row>({ name: 'listener_paths', text: PATHS, values: [workspaceId] })
      return rows.length > 0 ? routerOf(rows) : undefined
    }
  })
  return {
    async find(slug, method, path) {
      if (!SLUG.test(slug) || UNCLEAR.test(withoutTrailingSlash(path))) return undefined
      const workspaceId = await workspaces.get(slug)
      const router = workspaceId === undefined ? undefined : await routers.get(workspaceId)
      return router?.(method, path)
    }
  }
}

function routerOf(rows: readonly Row[]): Router {
  const router = FindMyWay({ ignoreTrailingSlash: true, maxParamLength: PARAMETER_VALUE_MAX })
  const places = new Map<string, Place>()
  for (const row of rows) {
    const shape = shapeOf(row.path)
    let place = places.get(shape)
    if (!place) {
      place = { byMethod: new Map(), listeners: [] }
      places.set(shape, place)
      router.on('GET', patternOf(row.path), () => {}, place)
    }
    place.listeners.push(row)
    for (const method of claimedMethods(row.methods)) place.byMethod.set(method, row)
  }
  return (method, path) => {
    const found = router.find('GET', path)
    const place = found?.store as Place | null | undefined
    if (!found || !place) return undefined
    const { byMethod, listeners } = place
    // A listener that takes GET also takes HEAD (RFC 9110, section 9.3.2).
    const row = byMethod.get(method) ?? (method === 'HEAD' ? byMethod.get('GET') : undefined)
    return {
      listenerId: row?.id,
      listenerIds: listeners.map(({ id }) => id),
      pathParams: row ? namedValues(row.path, found.params) : {}
    }
  }
}

/** Parameters by position: each listener of a path may name them differently. */
function patternOf(path: string): string {
  return segmentsOf(path)
    .map((segment, index) => `/${'text' in segment ? segment.text : `:${index}`}`)
    .join('')
}

function namedValues(path: string, values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    segmentsOf(path).flatMap((segment, index) => ('text' in segment ? [] : [[segment.parameter, values[index] ?? '']]))
  )
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}
