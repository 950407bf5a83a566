import type { Pool } from 'pg'
import type { Admin } from '../accounts/admin.ts'
import type { Confirmed } from '../accounts/confirmation.ts'
import type { Keyring } from '../lib/keyring.ts'

/** How many rows one statement reads. */
export const REENCRYPT_BATCH = 200
/** One call stops after this time and reports that more is left. */
export const REENCRYPT_BUDGET_MS = 10_000

export interface ReencryptDeps {
  pool: Pool
  keyring: Keyring
  /**
   * Called for each text that cannot be decrypted: its key is not in the keyring, or it was tampered with. It is left
   * unchanged.
   */
  onUnreadable(place: { table: string; row: string }, error: unknown): void
}

export interface Reencrypted {
  /** The current key, with which everything is sealed afterwards. */
  keyId: string
  resealed: number
  unreadable: number
  /** Whether everything was examined. If not, the same call continues. */
  done: boolean
}

/**
 * Re-encrypts with the current key what was sealed with an older one, while the server runs. A text that is changed
 * meanwhile stays as its writer sealed it.
 * @example
 * let result
 * do result = await reencrypt({ pool, keyring, onUnreadable }, admin)
 * while (!result.done)
 */
export async function reencrypt(
  deps: ReencryptDeps,
  _admin: Confirmed<Admin>,
  { batch = REENCRYPT_BATCH, budgetMs = REENCRYPT_BUDGET_MS } = {}
): Promise<Reencrypted> {
  const end = performance.now() + budgetMs
  const result: Reencrypted = { keyId: deps.keyring.currentKeyId, resealed: 0, unreadable: 0, done: true }
  for (const column of SEALED_COLUMNS) {
    let after: readonly string[] | undefined
    for (;;) {
      if (performance.now() > end) return { ...result, done: false }
      const rows = await readBatch(deps, column, after, batch)
      const fresh = rows.flatMap(([key, old]) => {
        const place = { table: column.table, row: column.rowOf(key), column: column.column }
        try {
          return [{ key, old, text: deps.keyring.seal(deps.keyring.open(old, place).reveal(), place) }]
        } catch (error) {
          deps.onUnreadable(place, error)
          result.unreadable++
          return []
        }
      })
      result.resealed += await writeBatch(deps, column, fresh)
      if (rows.length < batch) break
      after = rows.at(-1)?.[0]
    }
  }
  return result
}

async function readBatch(
  { pool, keyring }: ReencryptDeps,
  { table, column, key }: SealedColumn,
  after: readonly string[] | undefined,
  limit: number
): Promise<[key: string[], text: string][]> {
  const keys = key.map((name) => `${name}::text`)
  // Orders by the text of the key, whatever its type, because the order only has to be stable.
  const order = keys.map((name) => `${name} collate "C"`).join(', ')
  const following = after ? `and (${order}) > (${keys.map((_, index) => `$${index + 3}`).join(', ')})` : ''
  const { rows } = await pool.query<{ key: string[]; text: string }>(
    `select array[${keys.join(', ')}] as key, ${column} as text from ${table}
      where ${column} is not null and split_part(${column}, '.', 2) <> $1 ${following}
      order by ${order} limit $2`,
    [keyring.currentKeyId, limit, ...(after ?? [])]
  )
  return rows.map((row) => [row.key, row.text])
}

async function writeBatch(
  { pool }: ReencryptDeps,
  { table, column, key }: SealedColumn,
  fresh: readonly { key: readonly string[]; old: string; text: string }[]
): Promise<number> {
  if (fresh.length === 0) return 0
  const names = key.map((_, index) => `key${index}`)
  const columns = [...names, 'old', 'text']
  const { rowCount } = await pool.query(
    `update ${table} as row set ${column} = fresh.text
       from unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(', ')}) as fresh(${columns.join(', ')})
      where ${key.map((name, index) => `row.${name}::text = fresh.key${index}`).join(' and ')}
        and row.${column} = fresh.old`,
    [
      ...names.map((_, index) => fresh.map((row) => row.key[index])),
      fresh.map(({ old }) => old),
      fresh.map(({ text }) => text)
    ]
  )
  return rowCount ?? 0
}

/** A column whose texts are sealed with the keyring. */
interface SealedColumn {
  table: string
  column: string
  /** The columns of the primary key. */
  key: readonly string[]
  /**
   * The name of the row, which is authenticated with the text. It must be the name that the writer of the column uses.
   */
  rowOf(key: readonly string[]): string
}

/** Sealed for the workspace of the row. */
const ofWorkspace = ([, workspaceId = '']: readonly string[]): string => workspaceId

const joined = (key: readonly string[]): string => key.join('/')

/** Every sealed column. A text in a column that is missing here becomes unreadable when its key is removed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'signing_key', column: 'private_key', key: ['kid'], rowOf: joined },
  { table: 'workspace', column: 'secret', key: ['id'], rowOf: joined },
  { table: 'former_secret', column: 'secret', key: ['workspace_id', 'version'], rowOf: joined },
  { table: 'secret', column: 'value', key: ['workspace_id', 'name'], rowOf: joined },
  { table: 'event_sink', column: 'secret', key: ['id', 'workspace_id'], rowOf: ofWorkspace },
  { table: 'event_sink', column: 'former_secret', key: ['id', 'workspace_id'], rowOf: ofWorkspace },
  { table: 'customer', column: 'credentials', key: ['id'], rowOf: joined },
  { table: 'account_totp', column: 'secret', key: ['account_id'], rowOf: joined },
  {
    table: 'idempotent_call',
    column: 'answer',
    key: ['listener_id', 'principal', 'key'],
    rowOf: (key) => JSON.stringify(key)
  }
]
