import { foldEmail } from '../lib/email.ts'
import type { Secret } from '../lib/secret.ts'
import type { Database } from '../platform/db/client.ts'
import { subnetKey } from '../lib/ip-address.ts'
import type { PasswordHasher, PasswordTurn } from './password-hasher.ts'
import type { PasswordThrottle } from './password-throttle.ts'

export interface PasswordCheckDeps {
  database: Database
  passwordHasher: PasswordHasher
  passwordThrottle: PasswordThrottle
}

export interface PasswordOwner {
  id: string
  passwordHash: string
}

/**
 * Returns the account if e-mail and password match, otherwise undefined. An unknown e-mail costs the same work as a
 * known one, so response times do not reveal which accounts exist. `known` says whether its right password came from
 * this address before.
 * @throws Fault `rate_limited`
 */
export async function checkPassword(
  deps: PasswordCheckDeps,
  email: string,
  password: Secret,
  ip: string
): Promise<(PasswordOwner & { known: boolean }) | undefined> {
  const address = foldEmail(email)
  const known = await deps.passwordThrottle.isKnown(address, ip)
  const owner = await checkInLane(deps, known ? 'trusted' : 'open', address, password, ip)
  return owner && { ...owner, known }
}

/**
 * The same for an account that is signed in already: strangers, who wait elsewhere, cannot make it wait.
 * @throws Fault `rate_limited`
 */
export function checkPasswordOfKnown(
  deps: PasswordCheckDeps,
  email: string,
  password: Secret,
  ip: string
): Promise<PasswordOwner | undefined> {
  return checkInLane(deps, 'trusted', email, password, ip)
}

async function checkInLane(
  deps: PasswordCheckDeps,
  lane: PasswordTurn['lane'],
  email: string,
  password: Secret,
  ip: string
): Promise<PasswordOwner | undefined> {
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
    } catch (error) {
      await attempt.withdraw()
      throw error
    }
    if (!matches || !account) {
      await attempt.wrong()
      return undefined
    }
    await attempt.right()
    return account
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
