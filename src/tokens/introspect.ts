import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { Reach } from './management-bounds.ts'

/** The members of an introspection response (RFC 7662, section 2.2), plus `kind`. Times are seconds since 1970. */
export interface IntrospectionClaims {
  kind: 'token' | 'management' | 'session' | 'integration' | 'oauth'
  token_type: 'Bearer'
  sub: string
  username?: string
  iss: string
  jti: string
  iat: number
  exp?: number
  /** `workspace:<id>` and `listener:<id>`, separated by spaces; absent = every listener that the account may call. */
  scope?: string
  /** Only for access tokens of OAuth clients: the id of the API token. */
  client_id?: string
  /** Only for integration tokens. */
  actionPackageId?: string
}

export type Introspection = { active: false } | ({ active: true } & IntrospectionClaims)

/** A credential that Sluice issued, of any kind. */
export interface IssuedCredential {
  /** Whether this account may see it. Admins see every credential. */
  isVisibleTo(account: AccountRecord): boolean
  /** Whether this account may revoke it. Admins may revoke every credential. */
  isRevocableBy(account: AccountRecord): boolean
  /** What it reaches: the reach of a token, or one workspace. Absent: everything that its account reaches. */
  reach?: Reach | { workspaceId: string }
  active: boolean
  claims: IntrospectionClaims
  /** Revokes it. Revoking it again changes nothing. `reason` goes to the audit log. */
  revoke(actor: Actor, reason?: string): Promise<void>
}

/** Decides whether the caller may ask about a credential at all, besides what its account may see. */
export type Admits = (credential: IssuedCredential) => Promise<boolean>

/** Finds a credential of one kind by its text; undefined = another kind, or unknown. */
export type CredentialKind = (text: string) => Promise<IssuedCredential | undefined>

/**
 * Introspects a credential (RFC 7662). A credential that has ended, is unknown, or is not visible to the account gets
 * the same response: `{ active: false }`.
 */
export async function introspect(
  kinds: readonly CredentialKind[],
  account: AccountRecord,
  text: string,
  admits: Admits = ALL
): Promise<Introspection> {
  const credential = await findIssued(kinds, text)
  return credential?.active &&
    (account.role === 'admin' || credential.isVisibleTo(account)) &&
    (await admits(credential))
    ? { active: true, ...credential.claims }
    : { active: false }
}

/**
 * Revokes a credential by its text (RFC 7009). A credential that is unknown, or that the account may not revoke, stays
 * as it is, and the result does not tell the two apart.
 */
export async function revokeText(
  kinds: readonly CredentialKind[],
  account: AccountRecord,
  text: string,
  actor: Actor,
  admits: Admits = ALL
): Promise<void> {
  const credential = await findIssued(kinds, text)
  if (credential && (account.role === 'admin' || credential.isRevocableBy(account)) && (await admits(credential)))
    await credential.revoke(actor)
}

const ALL: Admits = async () => true

/** Finds a credential by its text, whoever owns it. The caller decides what the account may see or do. */
export async function findIssued(
  kinds: readonly CredentialKind[],
  text: string
): Promise<IssuedCredential | undefined> {
  for (const kind of kinds) {
    const credential = await kind(text)
    if (credential) return credential
  }
  return undefined
}
