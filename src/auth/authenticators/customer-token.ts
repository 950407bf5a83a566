import type { RecordCache } from '../../platform/db/record-cache.ts'
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

/** Tokens that a workspace's customers' back end signed. Comes after the resolvers of our own JWTs, whose `typ` is another. */
export function customerTokenAuthenticator(deps: CustomerTokenAuthenticatorDeps): Authenticator {
  async function verifyNew(compact: string): Promise<AuthenticationResult> {
    try {
      const verified = await deps.verifier.verify(compact)
      const update = claimsUpdateOf(verified.token, verified.keys.workspaceId)
      return principalOf(verified, update && (await deps.provisioner.ensure(update)))
    } catch (error) {
      if (error instanceof JwsError) return { known: false, why: error.reason }
      throw error
    }
  }

  async function resolve(compact: string): Promise<AuthenticationResult> {
    const verified = await deps.verifier.recall(compact)
    if (!verified) return verifyNew(compact)
    const { customer } = verified.token
    if (customer.kind === 'admin') return principalOf(verified, undefined)
    const record = await deps.customers.get(externalKey(verified.keys.workspaceId, customer.id))
    // Deleted since: its token is as good as before, and makes it anew.
    if (!record) return verifyNew(compact)
    deps.provisioner.touch(record.id)
    return principalOf(verified, record)
  }

  return (credential) => {
    // Only as a bearer: what customers' back ends sign has no business in a URL.
    if (credential.carrier !== 'bearer') return undefined
    const text = credential.token.reveal()
    return text.startsWith('ey') ? resolve(text) : undefined
  }
}

/** What the token says of the customer, and for what it leaves out, what is known. */
function principalOf({ token, keys }: VerifiedToken, record: CustomerRecord | undefined): AuthenticationResult {
  const { workspaceId, workspaceKey } = keys
  if (token.customer.kind === 'admin')
    return { known: true, principal: { kind: 'workspace', workspaceId, workspaceKey } }
  if (!record) return { known: false, why: 'workspace_unknown' }
  const { name = record.name, fields = record.fields } = token.customer
  return {
    known: true,
    principal: { kind: 'customer', workspaceId, workspaceKey, customer: { ...record, name, fields } }
  }
}
