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
}

export type Introspection = { active: false } | ({ active: true } & IntrospectionClaims)

/** A credential that we issued, whatever its kind. */
export interface IssuedCredential {
  /** Who may know of it, beside admins. */
  accountId: string
  active: boolean
  claims: IntrospectionClaims
  /** Ends it; again changes nothing. */
  revoke(actor: Actor): Promise<void>
}

/** Finds a credential of one kind; undefined = not of this kind, or unknown. */
export type CredentialKind = (text: string) => Promise<IssuedCredential | undefined>

/** Who asks. */
export interface Viewer {
  accountId: string
  isAdmin: boolean
}

/** What is to be known of a credential (RFC 7662). Of what has ended, is unknown or is another account's, the same: that it is not active. */
export async function introspect(kinds: readonly CredentialKind[], viewer: Viewer, text: string): Promise<Introspection> {
  const credential = await findVisible(kinds, viewer, text)
  return credential?.active ? { active: true, ...credential.claims } : { active: false }
}

/** Ends a credential by its text (RFC 7009). What is unknown, or another account's, stays as it is, and nothing says which it was. */
export async function revokeText(kinds: readonly CredentialKind[], viewer: Viewer, text: string, actor: Actor): Promise<void> {
  const credential = await findVisible(kinds, viewer, text)
  await credential?.revoke(actor)
}

async function findVisible(kinds: readonly CredentialKind[], viewer: Viewer, text: string): Promise<IssuedCredential | undefined> {
  for (const find of kinds) {
    const credential = await find(text)
    if (credential) return viewer.isAdmin || credential.accountId === viewer.accountId ? credential : undefined
  }
  return undefined
}
