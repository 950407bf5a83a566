import type { AccountRecord } from '../accounts/account-cache.ts'
import type { ConfirmedOwner } from '../accounts/check-password.ts'
import type { Database } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { newId } from '../lib/ids.ts'
import { issueToken, type IssueDeps, type IssuedToken } from '../tokens/issue.ts'
import { urlOf } from './listener.ts'
import { findListener } from './read.ts'

/** How long a token for a URL lives where nobody says. */
export const URL_TOKEN_DAYS_DEFAULT = 365
const NAME_CHARS_MAX = 100

/** A token that calls one listener and nothing else, beside the address it is for. Never in it: an address with a secret ends up in logs and histories. */
export interface UrlToken extends IssuedToken {
  url: string
}

/**
 * Issues a token that calls this listener only. Any member may: it could create the same token itself.
 * @param account the account that `owner` confirmed, with its memberships
 * @throws Fault `not_found`, `conflict` on a name that a live token of the account has
 */
export async function issueUrlToken(
  deps: IssueDeps & { database: Database; publicUrl: string },
  account: AccountRecord,
  owner: ConfirmedOwner,
  listenerId: string,
  input: { name?: string | undefined; days?: number | undefined },
  actor: Actor
): Promise<UrlToken> {
  const listener = await findListener(deps.database.prisma, account, listenerId, 'viewer')
  const { name = defaultName(listener.name), days = URL_TOKEN_DAYS_DEFAULT } = input
  const issued = await issueToken(
    deps,
    owner,
    { name, days, format: 'opaque', scope: { listeners: [listenerId] } },
    actor
  )
  return { ...issued, url: urlOf(deps.publicUrl, listenerId) }
}

/** Told apart by a random end, so that asking again without a name does not meet a taken one. */
function defaultName(listenerName: string): string {
  const end = ` URL ${newId('tok').slice(-6)}`
  return listenerName.slice(0, NAME_CHARS_MAX - end.length) + end
}
