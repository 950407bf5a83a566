import type { Actor } from '../lib/actor.ts'
import { type Clock, MINUTE_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isLoopbackHost } from '../lib/ip-address.ts'
import type { Secret } from '../lib/secret.ts'
import { publicAccount } from './account.ts'
import { linkDigest, newLinkCode } from './links/link.ts'
import { openSession } from './open-session.ts'
import { checkSecondFactor } from './second-factor.ts'
import type { NewSession } from './sessions.ts'
import type { TotpDeps } from './totp.ts'

/** How long a code signs in. */
export const SIGN_IN_CODE_MS = 10 * MINUTE_MS

/**
 * Codes that sign in once, without the password: the first start prints one for the person at the terminal. Only the
 * process that printed a code knows it, and forgets it when it ends.
 */
export interface SignInCodes {
  /** Makes the code of an account. It works once, for {@link SIGN_IN_CODE_MS}. */
  issue(accountId: string): Secret
  /** Returns the account of a code and uses the code up; undefined if it is unknown, used or expired. */
  take(code: string): string | undefined | Promise<string | undefined>
}

/** Creates codes that live in the memory of this process. */
export function createSignInCodes(clock: Clock): SignInCodes {
  const codes = new Map<string, { accountId: string; endsAt: number }>()
  return {
    issue(accountId) {
      const { code, digest } = newLinkCode()
      codes.set(keyOf(digest), { accountId, endsAt: clock.now() + SIGN_IN_CODE_MS })
      return code
    },
    take(code) {
      const digest = linkDigest(code)
      const found = digest && codes.get(keyOf(digest))
      if (!found) return undefined
      codes.delete(keyOf(digest))
      return found.endsAt > clock.now() ? found.accountId : undefined
    }
  }
}

/** Codes are looked up by their digest, so that the time of the look-up reveals nothing about the code. */
function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString('base64')
}

/**
 * Signs in with a code of {@link SignInCodes}. Accepted from this machine only, on whose terminal the code was printed.
 * It does not replace a second factor.
 * @throws Fault `invalid_token` for a code that is unknown, used or expired, from another machine, and if the account
 *   has a second factor; `account_suspended`
 */
export async function signInOnce(
  deps: TotpDeps & { signInCodes: SignInCodes },
  { code, userAgent }: { code: string; userAgent?: string | undefined },
  actor: Actor
): Promise<NewSession> {
  const accountId = isLoopbackHost(actor.ip ?? '') ? await deps.signInCodes.take(code) : undefined
  if (accountId === undefined)
    throw new Fault('invalid_token', {
      why: 'sign_in_code_unknown',
      detail: 'The code was used or has expired. Sign in with your password.'
    })
  await checkSecondFactor(deps, accountId, undefined, { ...actor, kind: 'account', id: accountId })
  const { account, ...session } = await openSession(deps, accountId, userAgent, actor, () => {})
  return { ...session, account: publicAccount(account) }
}
