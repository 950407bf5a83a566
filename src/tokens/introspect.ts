import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Actor } from '../lib/actor.ts'

/** Members of an introspection answer (RFC 7662, section 2.2), and `kind`, which says what of ours it is. Times are seconds since 1970. */
export interface IntrospectionClaims {
  kind: 'token' | 'session' | 'integration'
  token_type: 'Bearer'
  sub: string
  username?: string
  iss: string
  jti: string
  iat: number
  exp?: number
  /** `workspace:<id>` and `listener:<id>`, separated by blanks; absent = every listener that the account may call. */
  scope?: string
  /** Of an integration token. */
  actionPackageId?: string
}

export type Introspection = { active: false } | ({ active: true } & IntrospectionClaims)

/** A credential that we issued, whatever its kind. */
export interface IssuedCredential {
  /** Whether this account may know of it. Admins may know of every one. */
  isKnownTo(account: AccountRecord): boolean
  /** Whether this account may end it. Admins may end every one. */
  isEndedBy(account: AccountRecord): boolean
  active: boolean
  claims: IntrospectionClaims
  /** Ends it; again changes nothing. `reason`: what the audit log says of it. */
  revoke(actor: Actor, reason?: string): Promise<void>
}

/** Finds a credential of one kind; undefined = not of this kind, or unknown. */
export type CredentialKind = (text: string) => Promise<IssuedCredential | undefined>

/** What is to be known of a credential (RFC 7662). Of what has ended, is unknown or is none of the account's business, the same: that it is not active. */
export async function introspect(
  kinds: readonly CredentialKind[],
  account: AccountRecord,
  text: string
): Promise<Introspection> {
  const credential = await findIssued(kinds, text)
  return credential?.active && (account.role === 'admin' || credential.isKnownTo(account))
    ? { active: true, ...credential.claims }
    : { active: false }
}

/** Ends a credential by its text (RFC 7009). What is unknown, or not the account's to end, stays as it is, and nothing says which it was. */
export async function revokeText(
  kinds: readonly CredentialKind[],
  account: AccountRecord,
  text: string,
  actor: Actor
): Promise<void> {
  const credential = await findIssued(kinds, text)
  if (credential && (account.role === 'admin' || credential.isEndedBy(account))) await credential.revoke(actor)
}

/** A credential of ours by its text, whoever it belongs to: what may be told or done is for the caller of this to know. */
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
