import type { Database } from '../platform/db/client.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { Keyring } from '../lib/keyring.ts'
import { readSecrets, type SecretBook } from '../secrets/secret-cache.ts'
import { readCredentials } from './credentials.ts'

/** The name under which a flow asks for what the calling customer keeps. No secret of a workspace can have it. */
export const CUSTOMER_SECRET = 'customer'

export interface FlowSecretsDeps {
  secrets: RecordCache<SecretBook>
  database: Database
  keyring: Keyring
}

/** The secrets that a flow names: its workspace's, and the calling customer's own. What does not exist is left out. */
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
