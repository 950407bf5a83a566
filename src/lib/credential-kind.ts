/**
 * What a caller showed. `none`: nothing, where something was needed. `unknown`: something that names nothing known
 * here.
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

/** The credential of a call, without its text. The ids are those that are known for certain. */
export interface CallCredential {
  kind: CredentialKind
  tokenId?: string
  accountId?: string
  customerId?: string
}
