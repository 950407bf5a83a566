import type { AccountRecord } from '../accounts/lookup.ts'
import type { Actor } from '../lib/actor.ts'
import type { TokenRecord } from '../tokens/lookup.ts'

/** Who is calling, once that is known for certain. */
export type Principal =
  | { kind: 'session', account: AccountRecord, sessionId: string }
  | { kind: 'basic', account: AccountRecord }
  | { kind: 'token', account: AccountRecord, token: TokenRecord }
  /** A listener that lets anyone in. */
  | { kind: 'anonymous' }

/** What a resolver says of a credential: undefined = not of my kind; not known = of my kind, and refused. */
export type Finding = { known: true, principal: Principal } | { known: false, why: string, tokenId?: string, suspended?: boolean } | undefined

/** Where the call comes from. */
export interface Origin {
  ip: string
  requestId: string
}

export function actorOf(principal: Principal, origin: Origin): Actor {
  if (principal.kind === 'anonymous') return { kind: 'anonymous', ...origin }
  return principal.kind === 'token' ? { kind: 'token', id: principal.token.id, ...origin } : { kind: 'account', id: principal.account.id, ...origin }
}
