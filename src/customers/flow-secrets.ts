import { parseJson } from '../lib/exact-json.ts'
import type { Keyring, SealedPlace } from '../lib/keyring.ts'
import type { Database } from '../platform/db/client.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { readSecrets, type SecretBook } from '../secrets/secret-cache.ts'

/** The name under which a flow reads the credentials of the calling customer. It is reserved: no secret can have it. */
export const CUSTOMER_SECRET = 'customer'

export interface FlowSecretsDeps {
  secrets: RecordCache<SecretBook>
  database: Database
  keyring: Keyring
}

/** Reads the secrets that a flow names: its workspace's and the calling customer's own. Absent ones are omitted. */
export async function readFlowSecrets(
  deps: FlowSecretsDeps,
  workspaceId: string,
  names: readonly string[],
  caller: { internalId?: string } | undefined
): Promise<Readonly<Record<string, unknown>>> {
  const values = await readSecrets(deps.secrets, workspaceId, names)
  if (caller?.internalId === undefined || !names.includes(CUSTOMER_SECRET)) return values
  const credentials = await readCredentials(deps, workspaceId, caller.internalId)
  return credentials === undefined
    ? values
    : Object.assign(Object.create(null) as Record<string, unknown>, values, { [CUSTOMER_SECRET]: credentials })
}

/** The most bytes of a customer's credentials, as JSON in UTF-8. */
export const CREDENTIALS_BYTES_MAX = 64 * 1024

const BY_ID = 'select credentials from customer where id = $1 and workspace_id = $2'

/**
 * Reads a customer's credentials, `$secrets.customer` in flows; undefined if it has none. Never cached, because a
 * change of them is not announced to other processes.
 */
async function readCredentials(
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
    ? parseJson(deps.keyring.open(row.credentials, credentialsPlace(customerId)).reveal())
    : undefined
}

/** The column that holds the sealed credentials. */
export function credentialsPlace(customerId: string): SealedPlace {
  return { table: 'customer', row: customerId, column: 'credentials' }
}
