import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import { foldEmail } from '../lib/email.ts'
import type { Secret } from '../lib/secret.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import { subnetKey } from '../lib/ip-address.ts'
import type { PasswordHasher, PasswordTurn } from './password-hasher.ts'
import type { PasswordThrottle } from './password-throttle.ts'
import { refreshHash } from './refresh-hash.ts'

export interface PasswordCheckDeps {
  database: Database
  changes: Changes
  audit: Audit
  passwordHasher: PasswordHasher
  passwordThrottle: PasswordThrottle
}

export interface PasswordOwner {
  id: string
  passwordHash: string
}

/** What a password was sent for, and by whom. The audit log names both if the password is wrong. */
export interface PasswordUse {
  via: 'session' | 'basic' | 'confirmation'
  actor: Actor
  /** The operation that a password confirms, such as `password change`. */
  during?: string
}

/**
 * Returns the account if e-mail and password match. Otherwise returns undefined, and adds a line to the audit log whose
 * target is the account, if there is one. An unknown e-mail costs the same work as a known one, so response times do
 * not reveal which accounts exist. `known` says whether the right password has come from this address before.
 * @throws Fault `rate_limited`
 */
export async function checkPassword(
  deps: PasswordCheckDeps,
  email: string,
  password: Secret,
  use: PasswordUse
): Promise<(PasswordOwner & { known: boolean }) | undefined> {
  const address = foldEmail(email)
  const known = await deps.passwordThrottle.isKnown(address, use.actor.ip ?? '')
  const owner = await checkInLane(deps, known ? 'trusted' : 'open', address, password, use)
  return owner && { ...owner, known }
}

/**
 * Like {@link checkPassword}, for an account that is signed in already. It waits in the queue of known people, where
 * strangers cannot delay it.
 * @throws Fault `rate_limited`
 */
export function checkPasswordOfKnown(
  deps: PasswordCheckDeps,
  email: string,
  password: Secret,
  use: PasswordUse
): Promise<PasswordOwner | undefined> {
  return checkInLane(deps, 'trusted', email, password, use)
}

async function checkInLane(
  deps: PasswordCheckDeps,
  lane: PasswordTurn['lane'],
  email: string,
  password: Secret,
  use: PasswordUse
): Promise<PasswordOwner | undefined> {
  const { account, matches } = await compare(deps, lane, email, password, use.actor.ip ?? '')
  if (matches && account) return account
  const { via, actor, during } = use
  await deps.audit.record(deps.database.prisma, {
    action: 'password.refused',
    actor,
    target: account?.id,
    details: { via, ...(during === undefined ? {} : { during }) }
  })
  return undefined
}

/** Finds the account with this e-mail, and whether the password is the account's. */
function compare(
  deps: PasswordCheckDeps,
  lane: PasswordTurn['lane'],
  email: string,
  password: Secret,
  ip: string
): Promise<{ account: PasswordOwner | null; matches: boolean }> {
  return deps.passwordHasher.inTurn(turnOf(lane, email, ip), async (argon) => {
    const attempt = await deps.passwordThrottle.begin(email, ip)
    let account: PasswordOwner | null
    let matches: boolean
    try {
      account = await deps.database.prisma.account.findUnique({
        where: { email },
        select: { id: true, passwordHash: true }
      })
      matches = await argon.verify(account?.passwordHash, password)
      if (account && matches) {
        const passwordHash = await refreshHash(deps, argon, account, password)
        if (passwordHash === undefined) matches = false
        else account = { ...account, passwordHash }
      }
    } catch (error) {
      await attempt.withdraw()
      throw error
    }
    await (matches && account ? attempt.right() : attempt.wrong())
    return { account, matches }
  })
}

/**
 * Strangers take turns by address, since they choose the e-mail that they send. Known people take turns by account,
 * since many of them can share an address.
 */
function turnOf(lane: PasswordTurn['lane'], email: string, ip: string): PasswordTurn {
  const [account, address] = [`account ${email}`, `address ${subnetKey(ip)}`]
  return { lane, keys: lane === 'trusted' ? [account, address] : [address, account] }
}
