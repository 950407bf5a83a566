import type { Database } from '../platform/db/client.ts'
import type { Keyring, SealedPlace } from '../lib/keyring.ts'

/** Of what a customer keeps for flows, as JSON, UTF-8. */
export const CREDENTIALS_BYTES_MAX = 64 * 1024

const BY_ID = 'select credentials from customer where id = $1 and workspace_id = $2'

/** What a customer keeps for flows, `$secrets.customer` in them; undefined where it keeps nothing. Never cached: it changes without any word to other processes. */
export async function readCredentials(
  deps: { database: Database; keyring: Keyring },
  workspaceId: string,
  customerId: string
): Promise<unknown> {
  const {
    rows: [row]
  } = await deps.database.pool.query<{ credentials: string | null }>({
    name: 'customer_credentials',
    text: BY_ID,
    values: [customerId, workspaceId]
  })
  return row?.credentials
    ? (JSON.parse(deps.keyring.open(row.credentials, credentialsPlace(customerId)).reveal()) as unknown)
    : undefined
}

export function credentialsPlace(customerId: string): SealedPlace {
  return { table: 'customer', row: customerId, column: 'credentials' }
}
