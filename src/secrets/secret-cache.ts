import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import { parseJson } from '../lib/exact-json.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import { placeOf } from './secret.ts'

/** The secrets of a workspace. They stay sealed, and each is opened when a run first reads it. */
export interface SecretBook {
  /**
   * The value as JSON; undefined if there is no secret with this name.
   * @throws Error if it cannot be opened: its key is missing, or the row was tampered with
   */
  open(name: string): Secret | undefined
}

export interface SecretCacheDeps extends CacheDeps {
  keyring: Keyring
}

/**
 * The secrets of a workspace can take {@link WORKSPACE_LIMITS.secretBytes}, so fewer workspaces are cached than other
 * records.
 */
const CACHE_SIZE = 500

const BY_WORKSPACE = 'select name, value from secret where workspace_id = $1'

/** A cache of secrets by the id of their workspace. */
export function createSecretCache(deps: SecretCacheDeps): RecordCache<SecretBook> {
  return createRecordCache(deps, {
    topic: 'secret',
    size: CACHE_SIZE,
    async load(workspaceId) {
      const { rows } = await deps.database.pool.query<{ name: string; value: string }>({
        name: 'secrets_by_workspace',
        text: BY_WORKSPACE,
        values: [workspaceId]
      })
      return bookOf(workspaceId, rows, deps.keyring)
    }
  })
}

/**
 * The values of these secrets; unknown names are left out. The object has no prototype and is new for each call.
 * @throws Fault `unavailable`
 */
export async function readSecrets(
  secrets: RecordCache<SecretBook>,
  workspaceId: string,
  names: readonly string[]
): Promise<Readonly<Record<string, unknown>>> {
  const values = Object.create(null) as Record<string, unknown>
  if (names.length === 0) return values
  const book = await secrets.get(workspaceId)
  for (const name of names) {
    const json = book?.open(name)
    if (json) values[name] = parseJson(json.reveal())
  }
  return values
}

function bookOf(workspaceId: string, rows: readonly { name: string; value: string }[], keyring: Keyring): SecretBook {
  const sealed = new Map(rows.map(({ name, value }) => [name, value]))
  const opened = new Map<string, Secret>()
  return {
    open(name) {
      const known = opened.get(name)
      const text = sealed.get(name)
      if (known || text === undefined) return known
      const secret = keyring.open(text, placeOf(workspaceId, name))
      opened.set(name, secret)
      return secret
    }
  }
}
