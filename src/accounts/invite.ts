import { randomBytes } from 'node:crypto'
import type { Actor } from '../lib/actor.ts'
import { Secret } from '../lib/secret.ts'
import { newAccountMail } from '../mails/new-account.ts'
import type { Mailer } from '../platform/mail/mailer.ts'
import type { AccountRole, PublicAccount } from './account.ts'
import type { Admin } from './admin.ts'
import type { Confirmed } from './confirmation.ts'
import { type CreateAccountDeps, insertAccount } from './create.ts'
import { LINK_MS, type NewLink } from './links/link.ts'
import { type LinkDeps, makeAccountLink } from './links/make-account-link.ts'
import { newEmail } from './new-email.ts'

export interface InvitedAccount extends NewLink {
  account: PublicAccount
}

/**
 * Creates an account for somebody else, as an admin, whether sign-up is open or closed. Its state is `invited`, and
 * nobody can sign in to it, until the invited person chooses a password through the link.
 * @throws Fault `validation_failed`; `conflict` if the e-mail is taken
 */
export async function inviteAccount(
  deps: CreateAccountDeps & LinkDeps & { mailer: Mailer },
  _admin: Confirmed<Admin>,
  input: { email: string; name: string; role?: AccountRole | undefined },
  actor: Actor
): Promise<InvitedAccount> {
  const email = newEmail(input.email)
  // A password that nobody knows: sign-in refuses it as it refuses any wrong one, in the same time.
  const passwordHash = await deps.passwordHasher.inTurn({ lane: 'trusted', keys: ['accounts by admins'] }, ({ hash }) =>
    hash(new Secret(randomBytes(32).toString('base64url')))
  )
  const invited = await insertAccount(
    deps,
    { email, name: input.name, role: input.role ?? 'user', passwordHash, awaits: 'password' },
    actor,
    async (tx, account) => ({
      account,
      ...(await makeAccountLink(tx, deps, { purpose: 'account', account, ms: LINK_MS.account, seenBy: 'its maker' }))
    })
  )
  deps.mailer.send(newAccountMail(email, { link: invited.mailedLink, expiresAt: invited.expiresAt }))
  return invited
}
