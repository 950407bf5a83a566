import type { Actor } from '../lib/actor.ts'
import type { Database } from '../platform/db/client.ts'
import type { Mail, Mailer } from '../platform/mail/mailer.ts'
import { requireSignUpDomain } from '../workspaces/email-domains.ts'
import type { PublicAccount } from './account.ts'
import { createAccount, type CreateAccountDeps, type NewAccount } from './create.ts'
import { linkVerification } from './links/link-verification.ts'
import type { LinkDeps } from './links/make-account-link.ts'

export interface SignUpDeps extends CreateAccountDeps, LinkDeps {
  database: Database
  mailer: Mailer
}

/**
 * Creates the account of somebody who signs up. Where mail is set up, a link that proves the e-mail is mailed. Where a
 * policy also names domains, the domain admits people, so nobody can sign in before the e-mail is proven.
 * @throws Fault `insufficient_scope` if a policy does not name the domain of the e-mail; `conflict`;
 *   `validation_failed`; `rate_limited`
 */
export async function signUp(deps: SignUpDeps, input: NewAccount, actor: Actor): Promise<PublicAccount> {
  const { enabled } = deps.mailer
  const admittedByDomain = await requireSignUpDomain(deps, input.email)
  let mail: Mail | undefined
  const account = await createAccount(
    deps,
    input,
    actor,
    { awaits: enabled && admittedByDomain ? 'proof of the e-mail' : 'nothing' },
    async (tx, created) => {
      if (enabled) mail = await linkVerification(tx, deps, created)
      return created
    }
  )
  if (mail) deps.mailer.send(mail)
  return account
}
