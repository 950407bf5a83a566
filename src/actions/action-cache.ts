import type { Announce } from '../platform/db/changes.ts'
import type { Action } from '../platform/db/client.ts'
import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'

/** The fields of an action that decide about a call. */
export interface ActionRecord {
  id: string
  workspaceId: string
  name: string
  origins: ReadonlySet<string>
  listenerIds: ReadonlySet<string>
}

const BY_ID = 'select id, workspace_id, name, origins, listener_ids from action where id = $1'
const ORIGINS_OF_LISTENER = 'select distinct unnest(origins) as origin from action where listener_ids @> array[$1]'
const IS_ORIGIN = 'select 1 from action where origins @> array[$1] limit 1'

/** Actions by their id. */
export function createActionCache(deps: CacheDeps): RecordCache<ActionRecord> {
  return createRecordCache(deps, {
    topic: 'action',
    async load(id) {
      const {
        rows: [row]
      } = await deps.database.pool.query<{
        id: string
        workspace_id: string
        name: string
        origins: string[]
        listener_ids: string[]
      }>({ name: 'action_by_id', text: BY_ID, values: [id] })
      return (
        row && {
          id: row.id,
          workspaceId: row.workspace_id,
          name: row.name,
          origins: new Set(row.origins),
          listenerIds: new Set(row.listener_ids)
        }
      )
    }
  })
}

/**
 * The origins whose pages may call with tokens of an action: by listener, and whether any action has a given origin.
 * Used for preflights, which carry no credential.
 */
export interface ActionOrigins {
  ofListener(listenerId: string): ReadonlySet<string> | undefined | Promise<ReadonlySet<string> | undefined>
  isKnown(origin: string): Promise<boolean>
}

export function createActionOrigins(deps: CacheDeps): ActionOrigins {
  const ofListener = createRecordCache<ReadonlySet<string>>(deps, {
    topic: 'action',
    async load(listenerId) {
      const { rows } = await deps.database.pool.query<{ origin: string }>({
        name: 'action_origins_of_listener',
        text: ORIGINS_OF_LISTENER,
        values: [listenerId]
      })
      return new Set(rows.map(({ origin }) => origin))
    }
  })
  const known = createRecordCache<true>(deps, {
    topic: 'action',
    async load(origin) {
      const { rowCount } = await deps.database.pool.query({
        name: 'action_has_origin',
        text: IS_ORIGIN,
        values: [origin]
      })
      return rowCount ? true : undefined
    }
  })
  return {
    ofListener: (listenerId) => ofListener.get(listenerId),
    isKnown: async (origin) => (await known.get(origin)) === true
  }
}

/**
 * Drops the action, its listeners and its origins from the caches of every process. Pass the states before and after a
 * change.
 */
export function announceAction(announce: Announce, ...states: readonly Action[]): void {
  const keys = states.flatMap(({ id, listenerIds, origins }) => [id, ...listenerIds, ...origins])
  for (const key of new Set(keys)) announce('action', key)
}
