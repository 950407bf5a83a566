import type { RecordCache } from '../../platform/db/record-cache.ts'
import { whyBlocked } from '../../customers/check-block.ts'
import { externalKey, type CustomerRecord } from '../../customers/customer-cache.ts'
import type { CustomerProvisioner } from '../../customers/provisioner.ts'
import { claimsUpdateOf } from '../../customers/token-claims.ts'
import type { CustomerVerifier, VerifiedToken } from '../../customers/token-verifier.ts'
import { JwsError } from '../../platform/jws/errors.ts'
import type { AuthenticationResult } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'

export interface CustomerTokenAuthenticatorDeps {
  verifier: CustomerVerifier
  customers: RecordCache<CustomerRecord>
  provisioner: CustomerProvisioner
}

/**
 * Authenticates tokens that the back end of a workspace's customers signed. Runs after the authenticators of our own
 * JWTs, which have a different `typ`.
 */
export function customerTokenAuthenticator(deps: CustomerTokenAuthenticatorDeps): Authenticator {
  async function verifyNew(compact: string): Promise<AuthenticationResult> {
    try {
      const verified = await deps.verifier.verify(compact)
      if (verified.keys.suspended) return WORKSPACE_SUSPENDED
      const update = claimsUpdateOf(verified.token, verified.keys.workspaceId)
      const known = update && (await deps.customers.get(externalKey(update.workspaceId, update.externalId)))
      // A token that is refused must not change its customer.
      if (known && whyBlocked(known, verified.token.issuedAt) !== undefined) return principalOf(verified, known)
      return principalOf(verified, update && (await deps.provisioner.ensure(update)))
    } catch (error) {
      if (error instanceof JwsError) return { known: false, why: error.reason }
      throw error
    }
  }

  async function resolve(compact: string): Promise<AuthenticationResult> {
    const verified = await deps.verifier.recall(compact)
    if (!verified) return verifyNew(compact)
    if (verified.keys.suspended) return WORKSPACE_SUSPENDED
    const { customer } = verified.token
    if (customer.kind === 'admin') return principalOf(verified, undefined)
    const record = await deps.customers.get(externalKey(verified.keys.workspaceId, customer.id))
    // The customer was deleted meanwhile. The token is still valid and creates the customer again.
    if (!record) return verifyNew(compact)
    const result = principalOf(verified, record)
    if (result?.known) deps.provisioner.touch(record.id)
    return result
  }

  return (credential) => {
    // Bearer only: tokens of customers' back ends must not appear in a URL.
    if (credential.carrier !== 'bearer') return undefined
    const text = credential.token.reveal()
    return text.startsWith('ey') ? resolve(text) : undefined
  }
}

const WORKSPACE_SUSPENDED = {
  known: false,
  why: 'workspace_suspended',
  code: 'workspace_suspended'
} as const satisfies AuthenticationResult

/** The customer with the name and fields of the token; the stored ones fill in what the token omits. */
function principalOf({ token, keys }: VerifiedToken, record: CustomerRecord | undefined): AuthenticationResult {
  const { workspaceId, workspaceKey } = keys
  if (token.customer.kind === 'admin')
    return { known: true, principal: { kind: 'workspace', workspaceId, workspaceKey } }
  if (!record) return { known: false, why: 'workspace_unknown' }
  const why = whyBlocked(record, token.issuedAt)
  if (why !== undefined) return { known: false, why, customerId: record.id }
  const { name = record.name, fields = record.fields } = token.customer
  return {
    known: true,
    principal: { kind: 'customer', workspaceId, workspaceKey, customer: { ...record, name, fields } }
  }
}
