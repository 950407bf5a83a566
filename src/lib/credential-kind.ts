/**
 * The kind of credential of a call. `none`: no credential, although one was needed. `unknown`: it does not identify
 * anything known here.
 */
export const CREDENTIAL_KINDS = [
  'token',
  'management',
  'customer',
  'admin',
  'basic',
  'session',
  'integration',
  'oauth',
  'signed',
  'anonymous',
  'none',
  'unknown'
] as const

export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** The credential of a call, without its text. Only ids that were verified are set. */
export interface CallCredential {
  kind: CredentialKind
  tokenId?: string
  accountId?: string
  customerId?: string
}
