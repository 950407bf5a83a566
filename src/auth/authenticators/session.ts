import type { AccountRecord } from '../../accounts/account-cache.ts'
import { findSession, type SessionDeps } from '../../accounts/sessions.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import { isOpaque } from '../../lib/opaque-token.ts'
import type { Authenticator } from '../authenticate.ts'

/** A session token, as a bearer or in the console's cookie. */
export function sessionAuthenticator(
  deps: Pick<SessionDeps, 'database' | 'clock'> & { accounts: RecordCache<AccountRecord> }
): Authenticator {
  return async (credential, origin) => {
    if (credential.carrier !== 'bearer' && credential.carrier !== 'cookie') return undefined
    const token = credential.token.reveal()
    if (!isOpaque('sls_', token)) return undefined
    const session = await findSession(deps, token, origin.ip)
    if (!session) return { known: false, why: 'session_unknown_or_ended' }
    const account = await deps.accounts.get(session.accountId)
    if (!account || account.suspended) return { known: false, why: 'account_suspended' }
    const { sessionId, confirmed } = session
    return { known: true, principal: { kind: 'session', account, sessionId, confirmed } }
  }
}
