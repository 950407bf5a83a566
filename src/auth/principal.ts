import type { AccountRecord } from '../accounts/account-cache.ts'
import type { ActionRecord } from '../actions/action-cache.ts'
import { type ActionUser, subjectOf } from '../actions/user.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { CallCredential, CredentialKind } from '../lib/credential-kind.ts'
import type { Secret } from '../lib/secret.ts'
import type { SignaturePreset } from '../listeners/signatures/settings.ts'
import type { Span } from '../platform/tracing/tracing.ts'
import type { AccessTokenClaims } from '../tokens/jwt.ts'
import type { TokenRecord } from '../tokens/token-cache.ts'

/** The authenticated caller. */
export type Principal =
  /** `confirmed`: the password was confirmed for the session a short time ago. */
  | { kind: 'session'; account: AccountRecord; sessionId: string; confirmed: boolean }
  | { kind: 'basic'; account: AccountRecord }
  /** `access`: the token of an OAuth client, which acts as its API token. `token` ends with it. */
  | { kind: 'token'; account: AccountRecord; token: TokenRecord; access?: AccessTokenClaims }
  /** Automation of the account, which has no more rights than the token. */
  | { kind: 'management'; account: AccountRecord; token: TokenRecord }
  /**
   * A customer of a workspace, by a token that the customer's back end signed. Its name and fields come from the token
   * if it has them.
   */
  | { kind: 'customer'; workspaceId: string; workspaceKey: string; customer: CustomerRecord }
  /** That back end itself, by an admin token. */
  | { kind: 'workspace'; workspaceId: string; workspaceKey: string }
  /** A user inside an action, by an integration token. */
  | { kind: 'action'; action: ActionRecord; user: ActionUser }
  /** The sender of a signed call. */
  | { kind: 'signed'; workspaceId: string; preset: SignaturePreset }
  /** A caller of a listener that allows anonymous calls. */
  | { kind: 'anonymous' }

/**
 * The codes that a rejected credential gets. Those other than `invalid_token` are used only after the credential itself
 * was right.
 */
export type RefusalCode = 'invalid_token' | 'account_suspended' | 'workspace_suspended'

/** The result of an authenticator: undefined = another kind of credential; `known: false` = its kind, and rejected. */
export type AuthenticationResult =
  | { known: true; principal: Principal }
  | { known: false; why: string; kind?: CredentialKind; tokenId?: string; customerId?: string; code?: RefusalCode }
  | undefined

/** The address of a call, and its context. */
export interface Origin {
  ip: string
  requestId: string
  /** The place of the call in a trace, where it has one. */
  trace?: { traceparent: string; /** Absent: it is not recorded. */ span?: Span }
}

/** The author of a change for the audit log. Anonymous and signed callers have no id there. */
export function actorOf(principal: Principal, origin: Origin): Actor {
  // Neither can change anything except through a flow.
  if (principal.kind === 'anonymous' || principal.kind === 'signed') return { kind: 'anonymous', ...origin }
  const kind = principal.kind === 'session' || principal.kind === 'basic' ? 'account' : principal.kind
  return { kind, id: idOf(principal), ...origin }
}

/** The id of the caller in logs, in the audit log and as the owner of idempotency keys. */
export function idOf(principal: Exclude<Principal, { kind: 'anonymous' }>): string {
  switch (principal.kind) {
    case 'token':
    case 'management':
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
    case 'signed':
      return principal.preset
  }
}

/** The principal's credential, as records of calls name it. */
export function credentialOf(principal: Principal): CallCredential {
  switch (principal.kind) {
    case 'token':
    case 'management': {
      const kind = principal.kind === 'token' && principal.access ? 'oauth' : principal.kind
      return { kind, tokenId: principal.token.id, accountId: principal.account.id }
    }
    case 'session':
    case 'basic':
      return { kind: principal.kind, accountId: principal.account.id }
    case 'customer':
      return { kind: 'customer', customerId: principal.customer.id }
    case 'workspace':
      return { kind: 'admin' }
    case 'action':
      return principal.user.kind === 'customer'
        ? { kind: 'integration', customerId: principal.user.customer.id }
        : { kind: 'integration', accountId: principal.user.account.id }
    case 'signed':
    case 'anonymous':
      return { kind: principal.kind }
  }
}

/** The places where a credential can be sent. `bearer` and `basic` are the two schemes of `Authorization`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query', 'cookie'] as const
export type Carrier = (typeof CARRIERS)[number]

export type Credential =
  | { carrier: 'bearer' | 'header' | 'query' | 'cookie'; token: Secret }
  | { carrier: 'basic'; email: string; password: Secret }
