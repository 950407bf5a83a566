import type { AccountRecord } from '../accounts/account-cache.ts'
import type { ConfirmedOwner } from '../accounts/confirmation.ts'
import type { Database } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import { newId } from '../lib/ids.ts'
import type { ManagementBounds } from '../tokens/management-bounds.ts'
import { issueToken, type IssueDeps, type IssuedToken } from '../tokens/issue.ts'
import { requireRunning } from '../workspaces/access.ts'
import { urlOf } from './listener.ts'
import { findListener } from './read.ts'

/** The default lifetime of a URL token. */
export const URL_TOKEN_DAYS_DEFAULT = 365
const NAME_CHARS_MAX = 100

/**
 * A token that can call one listener only, with that listener's URL. The URL never contains the token, because URLs end
 * up in logs and histories.
 */
export interface UrlToken extends IssuedToken {
  url: string
}

/**
 * Issues a token for one listener. Any member may, because any member could issue the same token directly.
 * @param account the account of `owner`, with its memberships
 * @throws Fault `not_found`, `conflict` if a live token of the account has the name, `workspace_suspended`
 */
export async function issueUrlToken(
  deps: IssueDeps & { database: Database; publicUrl: string },
  account: AccountRecord,
  owner: ConfirmedOwner,
  listenerId: string,
  input: { name?: string | undefined; days?: number | undefined },
  actor: Actor,
  bounds?: ManagementBounds
): Promise<UrlToken> {
  const listener = await findListener(deps.database.prisma, account, listenerId, 'viewer')
  requireRunning(account, listener.workspaceId)
  const { name = defaultName(listener.name), days = URL_TOKEN_DAYS_DEFAULT } = input
  const issued = await issueToken(
    deps,
    owner,
    { name, days, format: 'opaque', scope: { listeners: [listenerId] } },
    actor,
    bounds
  )
  return { ...issued, url: urlOf(deps.publicUrl, listenerId) }
}

/** Ends with random characters, so that the default name is not taken already. */
function defaultName(listenerName: string): string {
  const end = ` URL ${newId('tok').slice(-6)}`
  return listenerName.slice(0, NAME_CHARS_MAX - end.length) + end
}
