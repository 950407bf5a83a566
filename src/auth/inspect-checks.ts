/** The result of one check of a credential, as the inspector shows it. */
type CheckReport =
  | { check: string; status: 'pass' | 'not_reached' }
  | { check: string; status: 'fail'; reason: string; why: string; remedy: string }

/** The texts for failed checks of our own credentials. Checks of customers' tokens have their own texts. */
const FAILURES = {
  form: [
    'malformed',
    'it does not have the form of this kind of token',
    'Copy the whole token, with nothing before or after it.'
  ],
  checksum: [
    'wrong_checksum',
    'its checksum, the last six characters, does not match',
    'Copy it again: a character is wrong or missing.'
  ],
  type: ['wrong_type', 'its typ belongs to another kind of token', 'Use the token for its own purpose.'],
  signing_key: [
    'unknown_signing_key',
    'its kid names no key of this service',
    'Get a new token here: it was issued elsewhere, or its key was deleted.'
  ],
  signature: [
    'wrong_signature',
    'its signature does not match the key that it names',
    'Copy it again, and change nothing in it.'
  ],
  issuer: ['claims_of_another_issuer', 'iss and aud are not this service', 'Get a new token here.'],
  claims: ['claims_of_another_kind', 'it lacks claims that this kind of token must have', 'Get a new token here.'],
  known: ['unknown', 'no token that you may see matches it', 'Sign in as its owner to see more, or create a new one.'],
  enabled: ['disabled', 'it is switched off', 'Switch it on again: enabled.'],
  revocation: ['revoked', 'it was revoked', 'Create a new token.'],
  expiry: ['expired', 'it has expired', 'Get a new token.'],
  account: ['account_suspended', 'its account is suspended', 'Ask an admin.'],
  address: [
    'ip_not_allowed',
    'its allowedIps do not include the address of your call',
    'Add the address to allowedIps of the token.'
  ],
  action: ['action_deleted', 'no action that you may see matches it', 'Use the actionPackageId of an existing action.'],
  workspace: ['workspace_deleted', 'the workspace of its action was deleted', 'Use an action of another workspace.'],
  customer: [
    'customer_blocked',
    'the customer is blocked, or the token was issued before its tokensNotBefore',
    'Lift the block of the customer, or sign a new token.'
  ],
  suspension: ['workspace_suspended', 'its workspace is suspended', 'Ask an admin.'],
  user: [
    'user_gone_or_suspended',
    'its user was deleted, suspended or blocked, or has left the workspace',
    'Get a new token for a user of the workspace.'
  ]
} as const satisfies Record<string, readonly [reason: string, why: string, remedy: string]>

export type OwnCheck = keyof typeof FAILURES

/** The text for a failed check, and what to do about it. */
export function failureOf(check: OwnCheck): readonly [why: string, remedy: string] {
  const [, why, remedy] = FAILURES[check]
  return [why, remedy]
}

/** Collects the results of a credential's checks, in their order. Checks after a failed one do not run. */
export interface Checklist {
  /** Returns `passed`. */
  record(check: OwnCheck, passed: boolean): boolean
  passed(check: OwnCheck): boolean
  allPassed(): boolean
  report(): CheckReport[]
}

export function createChecklist(checks: readonly OwnCheck[]): Checklist {
  const found = new Map<OwnCheck, boolean>()
  return {
    record(check, passed) {
      found.set(check, passed)
      return passed
    },
    passed: (check) => found.get(check) === true,
    allPassed: () => checks.every((check) => found.get(check) === true),
    report: () =>
      checks.map((check) => {
        const passed = found.get(check)
        if (passed !== false) return { check, status: passed ? 'pass' : 'not_reached' }
        const [reason, why, remedy] = FAILURES[check]
        return { check, status: 'fail', reason, why, remedy }
      })
  }
}

export const CREDENTIAL_KINDS = [
  'opaque',
  'jwt',
  'management',
  'session',
  'customer',
  'admin',
  'integration',
  'oauth',
  'none'
] as const

/** What the gateway knows about an inspected credential, limited to what the inspecting caller may see. */
export interface TokenInspection {
  /** `none`: not a credential of this gateway, or one that this caller may not see. */
  kind: (typeof CREDENTIAL_KINDS)[number]
  /** Whether a call from the inspecting address would be accepted now. */
  valid: boolean
  /** This gateway, or the workspace whose back end signed the token. */
  issuer: { url: string } | { workspaceId: string; workspaceKey: string } | null
  matchedKey: { kid: string; name: string } | null
  /** Null if it cannot be read. If the signature check failed, the contents are unverified. */
  header: Readonly<Record<string, unknown>> | null
  payload: Readonly<Record<string, unknown>> | null
  /** Null until it is verified. */
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
