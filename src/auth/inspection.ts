import type { CheckReport } from './inspect-checks.ts'

export const CREDENTIAL_KINDS = ['opaque', 'jwt', 'session', 'customer', 'admin', 'integration', 'none'] as const

/** What is known of a credential that somebody asks about, and no more than who asks may know. */
export interface TokenInspection {
  /** `none`: nothing that is taken here, or nothing that this caller may know to be. */
  kind: (typeof CREDENTIAL_KINDS)[number]
  /** Whether it would be taken now, from the address that this was asked from. */
  valid: boolean
  /** This service, or the workspace whose back end signed. */
  issuer: { url: string } | { workspaceId: string; workspaceKey: string } | null
  matchedKey: { kid: string; name: string } | null
  /** As far as they could be read. Where the signature did not pass, nobody vouches for them. */
  header: Readonly<Record<string, unknown>> | null
  payload: Readonly<Record<string, unknown>> | null
  /** Whom or what it stands for, once that is known for certain. */
  subject: Readonly<Record<string, string | null>> | null
  checks: readonly CheckReport[]
}

export const NOTHING: Omit<TokenInspection, 'checks'> = {
  kind: 'none',
  valid: false,
  issuer: null,
  matchedKey: null,
  header: null,
  payload: null,
  subject: null
}
