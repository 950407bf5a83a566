import { createLru } from '../lib/lru.ts'
import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import type { Algorithm } from '../platform/jws/algorithms.ts'
import type { KeyRecord, PublicJwk } from '../platform/jws/key-record.ts'
import { validateSecret } from '../platform/jws/validate-secret.ts'
import type { Keyring, SealedPlace } from '../lib/keyring.ts'
import { formerSecretPlace, secretKid, secretPlace } from './signing-secret.ts'

/** A secret or registered key of the workspace. `validUntil` is in milliseconds since 1970, or Infinity. */
export interface OwnKey {
  record: KeyRecord
  /** The name that members gave it. */
  name: string
  validUntil: number
}

/** The keys and rules that verify a customer's token. The object stays the same until something in it changes. */
export interface WorkspaceKeys {
  workspaceId: string
  workspaceKey: string
  /** Whether the workspace is suspended. This does not affect the verification of tokens. */
  suspended: boolean
  own: readonly OwnKey[]
  jwksUri: string | undefined
  /** Undefined = every algorithm that fits a key. */
  algorithms: readonly Algorithm[] | undefined
  maxTokenSeconds: number | undefined
}

export interface VerificationKeyCache extends Pick<RecordCache<WorkspaceKeys>, 'stats'> {
  /** Finds by the workspace key, which tokens name in `iss` or `workspaceKey`. */
  byKey(workspaceKey: string): Promise<WorkspaceKeys | undefined>
  byId(workspaceId: string): WorkspaceKeys | undefined | Promise<WorkspaceKeys | undefined>
}

interface Row {
  id: string
  key: string
  secret: string
  secret_version: number
  secret_key_auth: boolean
  algorithms: Algorithm[]
  max_token_seconds: number | null
  jwks_uri: string | null
  suspended: boolean
  former: { version: number; secret: string; validUntil: number }[]
  public_keys: { name: string; kid: string; jwk: PublicJwk; algorithms: Algorithm[] }[]
}

const ID_BY_KEY = 'select id from workspace where key = $1'
const BY_ID = `
  select w.id, w.key, w.secret, w.secret_version, w.secret_key_auth, coalesce(w.algorithms, '{}') as algorithms,
         w.max_token_seconds, w.jwks_uri, w.suspended_at is not null as suspended,
         coalesce((
           select json_agg(
                    json_build_object(
                      'version', version, 'secret', secret,
                      'validUntil', (extract(epoch from valid_until) * 1000)::bigint
                    ) order by version desc
                  )
             from former_secret where workspace_id = w.id
         ), '[]'::json) as former,
         coalesce((
           select json_agg(
                    json_build_object('name', name, 'kid', kid, 'jwk', jwk, 'algorithms', algorithms)
                    order by created_at desc, id
                  )
             from public_key where workspace_id = w.id
         ), '[]'::json) as public_keys
    from workspace w where w.id = $1`

export interface VerificationKeyCacheDeps extends CacheDeps {
  keyring: Keyring
}

const CACHE_SIZE = 10_000

export function createVerificationKeyCache(deps: VerificationKeyCacheDeps): VerificationKeyCache {
  const { pool } = deps.database
  /** An unchanged row keeps its object, so that imported keys and remembered verifications stay valid. */
  const made = createLru<{ text: string; keys: WorkspaceKeys }>(CACHE_SIZE)

  function keysOf(row: Row): WorkspaceKeys {
    const text = JSON.stringify(row)
    const known = made.get(row.id)
    if (known?.text === text) return known.keys
    const keys = open(row, deps.keyring)
    made.set(row.id, { text, keys })
    return keys
  }

  // A workspace keeps its key for life, so this mapping needs no announcements. Changes are announced by id.
  const ids = createRecordCache<string>(deps, {
    topic: 'workspace',
    size: CACHE_SIZE,
    async load(workspaceKey) {
      const {
        rows: [row]
      } = await pool.query<{ id: string }>({ name: 'workspace_id_by_key', text: ID_BY_KEY, values: [workspaceKey] })
      return row?.id
    }
  })
  const records = createRecordCache<WorkspaceKeys>(deps, {
    topic: 'workspace',
    size: CACHE_SIZE,
    async load(id) {
      const {
        rows: [row]
      } = await pool.query<Row>({ name: 'workspace_keys_by_id', text: BY_ID, values: [id] })
      return row && keysOf(row)
    }
  })

  return {
    async byKey(workspaceKey) {
      const id = await ids.get(workspaceKey)
      return id === undefined ? undefined : records.get(id)
    },
    byId: (workspaceId) => records.get(workspaceId),
    stats: () => records.stats()
  }
}

function open(row: Row, keyring: Keyring): WorkspaceKeys {
  return {
    workspaceId: row.id,
    workspaceKey: row.key,
    suspended: row.suspended,
    own: [...(row.secret_key_auth ? secretsOf(row, keyring) : []), ...row.public_keys.map(publicKeyOf)],
    jwksUri: row.jwks_uri ?? undefined,
    algorithms: row.algorithms.length > 0 ? row.algorithms : undefined,
    maxTokenSeconds: row.max_token_seconds ?? undefined
  }
}

function secretsOf(row: Row, keyring: Keyring): OwnKey[] {
  const keyOf = (sealed: string, place: SealedPlace, version: number, name: string, validUntil: number): OwnKey => ({
    record: validateSecret(keyring.open(sealed, place), { kid: secretKid(version) }),
    name,
    validUntil
  })
  return [
    keyOf(row.secret, secretPlace(row.id), row.secret_version, 'workspace secret', Infinity),
    ...row.former.map(({ version, secret, validUntil }) =>
      keyOf(secret, formerSecretPlace(row.id, version), version, 'former workspace secret', Number(validUntil))
    )
  ]
}

function publicKeyOf({ name, kid, jwk, algorithms }: Row['public_keys'][number]): OwnKey {
  return { record: { kid, algorithms, key: { type: 'public', jwk } }, name, validUntil: Infinity }
}
