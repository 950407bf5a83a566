import type { AccountRecord } from '../accounts/account-cache.ts'
import type { ActionRecord } from '../actions/action-cache.ts'
import { type ActionUser, subjectOf } from '../actions/user.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { Secret } from '../lib/secret.ts'
import type { TokenRecord } from '../tokens/token-cache.ts'

/** Who is calling, once that is known for certain. */
export type Principal =
  | { kind: 'session'; account: AccountRecord; sessionId: string }
  | { kind: 'basic'; account: AccountRecord }
  | { kind: 'token'; account: AccountRecord; token: TokenRecord }
  /** A workspace's customer, by a token that the customer's back end signed. Name and fields are the token's where it has them. */
  | { kind: 'customer'; workspaceId: string; workspaceKey: string; customer: CustomerRecord }
  /** That back end itself, by an admin token. */
  | { kind: 'workspace'; workspaceId: string; workspaceKey: string }
  /** A user inside an action, by an integration token. */
  | { kind: 'action'; action: ActionRecord; user: ActionUser }
  /** A listener that lets anyone in. */
  | { kind: 'anonymous' }

/** What a resolver says of a credential: undefined = not of my kind; not known = of my kind, and refused. */
export type AuthenticationResult =
  | { known: true; principal: Principal }
  | { known: false; why: string; tokenId?: string; suspended?: boolean }
  | undefined

/** Where the call comes from. */
export interface Origin {
  ip: string
  requestId: string
}

export function actorOf(principal: Principal, origin: Origin): Actor {
  if (principal.kind === 'anonymous') return { kind: 'anonymous', ...origin }
  const kind = principal.kind === 'session' || principal.kind === 'basic' ? 'account' : principal.kind
  return { kind, id: idOf(principal), ...origin }
}

/** What names the caller in logs, in the audit log and as the owner of its idempotency keys. */
export function idOf(principal: Exclude<Principal, { kind: 'anonymous' }>): string {
  switch (principal.kind) {
    case 'token':
      return principal.token.id
    case 'session':
    case 'basic':
      return principal.account.id
    case 'customer':
      return principal.customer.id
    case 'workspace':
      return principal.workspaceId
    case 'action':
      return `${principal.action.id}/${subjectOf(principal.user)}`
  }
}

/** Where a credential came in. `bearer` and `basic` are the two schemes of `Authorization`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query', 'cookie'] as const
export type Carrier = (typeof CARRIERS)[number]

export type Credential =
  | { carrier: 'bearer' | 'header' | 'query' | 'cookie'; token: Secret }
  | { carrier: 'basic'; email: string; password: Secret }
