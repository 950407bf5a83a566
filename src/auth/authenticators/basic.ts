import { createHmac, randomBytes } from 'node:crypto'
import { checkPassword, type PasswordCheckDeps } from '../../accounts/check-password.ts'
import type { AccountRecord } from '../../accounts/account-cache.ts'
import { createLru } from '../../lib/lru.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Secret } from '../../lib/secret.ts'
import type { AuthenticationResult, Origin } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'

/** How long a verified password is remembered without running argon2 again. */
const REMEMBER_MS = 60_000
const REMEMBERED_PAIRS = 10_000

export interface BasicAuthenticatorDeps extends PasswordCheckDeps {
  accounts: RecordCache<AccountRecord>
  clock: Clock
}

interface Remembered {
  accountId: string
  passwordHash: string
  at: number
}

/**
 * Authenticates e-mail and password by HTTP Basic (RFC 7617). A verified pair is remembered as an HMAC whose key exists
 * only in this process.
 */
export function basicAuthenticator(deps: BasicAuthenticatorDeps): Authenticator {
  const key = randomBytes(32)
  const remembered = createLru<Remembered>(REMEMBERED_PAIRS)
  /** Simultaneous calls with the same pair share one check. */
  const checking = new Map<string, Promise<Remembered | undefined>>()

  async function check(pair: string, email: string, password: Secret, origin: Origin): Promise<Remembered | undefined> {
    try {
      const owner = await checkPassword(deps, email, password, {
        via: 'basic',
        actor: { kind: 'anonymous', ...origin }
      })
      if (!owner) return undefined
      const right = { accountId: owner.id, passwordHash: owner.passwordHash, at: deps.clock.now() }
      remembered.set(pair, right)
      return right
    } finally {
      checking.delete(pair)
    }
  }

  function judge(account: AccountRecord | undefined): AuthenticationResult {
    if (!account) return { known: false, why: 'wrong_email_or_password' }
    // The same result as for a wrong password: with a second factor, nothing may reveal that the password is right.
    if (account.secondFactor) return { known: false, why: 'second_factor_needed' }
    if (account.suspended) return { known: false, why: 'account_suspended', code: 'account_suspended' }
    if (account.emailProofNeeded) return { known: false, why: 'email_not_verified' }
    return { known: true, principal: { kind: 'basic', account } }
  }

  return async (credential, origin) => {
    if (credential.carrier !== 'basic') return undefined
    const pair = createHmac('sha256', key)
      .update(JSON.stringify([credential.email, credential.password.reveal()]))
      .digest('base64')
    const known = remembered.get(pair)
    if (known && deps.clock.now() - known.at <= REMEMBER_MS) {
      const account = await deps.accounts.get(known.accountId)
      // A remembered pair must not outlive a change of the password.
      if (account?.passwordHash === known.passwordHash) return judge(account)
    }
    const underWay = checking.get(pair) ?? check(pair, credential.email, credential.password, origin)
    checking.set(pair, underWay)
    const right = await underWay
    return right ? judge(await deps.accounts.get(right.accountId)) : { known: false, why: 'wrong_email_or_password' }
  }
}
