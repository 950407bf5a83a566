import { hash, randomBytes } from 'node:crypto'
import { checkPassword, type PasswordCheckDeps } from '../../accounts/check-password.ts'
import type { AccountRecord } from '../../accounts/account-cache.ts'
import { createLru } from '../../lib/lru.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Secret } from '../../lib/secret.ts'
import type { AuthenticationResult, Credential, Origin } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'

/** How long a verified password is remembered without running argon2 again. */
const REMEMBER_MS = 60_000
const REMEMBERED_PAIRS = 10_000

export interface BasicAuthenticatorDeps extends PasswordCheckDeps {
  accounts: RecordCache<AccountRecord>
  clock: Clock
}

type BasicCredential = Extract<Credential, { carrier: 'basic' }>

const WRONG: AuthenticationResult = { known: false, why: 'wrong_email_or_password' }

interface Remembered {
  accountId: string
  passwordHash: string
  at: number
}

/**
 * Authenticates e-mail and password by HTTP Basic (RFC 7617). A verified pair is remembered as a keyed digest whose key
 * exists only in this process. The key is hashed before the pair: with a truncated hash such as SHA-512/256 (FIPS
 * 180-4) this is a MAC. An HMAC of `node:crypto` takes twenty times as long.
 */
export function basicAuthenticator(deps: BasicAuthenticatorDeps): Authenticator {
  const key = randomBytes(32).toString('base64')
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
    if (!account) return WRONG
    // The same result as for a wrong password: with a second factor, nothing may reveal that the password is right.
    if (account.secondFactor) return { known: false, why: 'second_factor_needed' }
    if (account.suspended) return { known: false, why: 'account_suspended', code: 'account_suspended' }
    if (account.emailProofNeeded) return { known: false, why: 'email_not_verified' }
    return { known: true, principal: { kind: 'basic', account } }
  }

  async function checkOnce(
    pair: string,
    { email, password }: BasicCredential,
    origin: Origin
  ): Promise<AuthenticationResult> {
    const underWay = checking.get(pair) ?? check(pair, email, password, origin)
    checking.set(pair, underWay)
    const right = await underWay
    return right ? judge(await deps.accounts.get(right.accountId)) : WRONG
  }

  /** Answers synchronously if everything is in memory. */
  return (credential, origin) => {
    if (credential.carrier !== 'basic') return undefined
    const { email, password } = credential
    const pair = hash('sha512-256', key + JSON.stringify([email, password.reveal()]), 'base64')
    const known = remembered.get(pair)
    if (!known || deps.clock.now() - known.at > REMEMBER_MS) return checkOnce(pair, credential, origin)
    const decide = (account: AccountRecord | undefined): AuthenticationResult | Promise<AuthenticationResult> =>
      // A remembered pair must not outlive a change of the password.
      account?.passwordHash === known.passwordHash ? judge(account) : checkOnce(pair, credential, origin)
    const account = deps.accounts.get(known.accountId)
    return account instanceof Promise ? account.then(decide) : decide(account)
  }
}
