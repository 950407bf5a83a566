/** A column whose texts are sealed by the keyring. */
export interface SealedColumn {
  table: string
  column: string
  /** The primary key's columns. */
  key: readonly string[]
  /** The row's name in what is authenticated with the text, as whoever seals it says it. */
  rowOf(key: readonly string[]): string
}

const joined = (key: readonly string[]): string => key.join('/')

/** Every sealed column there is: what is missing here would be lost with its key. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'signing_key', column: 'private_key', key: ['kid'], rowOf: joined },
  { table: 'workspace', column: 'secret', key: ['id'], rowOf: joined },
  { table: 'former_secret', column: 'secret', key: ['workspace_id', 'version'], rowOf: joined },
  { table: 'secret', column: 'value', key: ['workspace_id', 'name'], rowOf: joined },
  { table: 'event_sink', column: 'secret', key: ['workspace_id'], rowOf: joined },
  { table: 'customer', column: 'credentials', key: ['id'], rowOf: joined },
  { table: 'account_totp', column: 'secret', key: ['account_id'], rowOf: joined },
  {
    table: 'idempotent_call',
    column: 'answer',
    key: ['listener_id', 'principal', 'key'],
    rowOf: (key) => JSON.stringify(key)
  }
]
