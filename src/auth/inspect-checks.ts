/** One check of a credential, as the inspector shows it. */
type CheckReport =
  | { check: string; status: 'pass' | 'not_reached' }
  | { check: string; status: 'fail'; reason: string; why: string; remedy: string }

/** What is said where a check of a credential of ours fails. Those of customers' tokens come with words of their own. */
const FAILURES = {
  form: [
    'malformed',
    'it is not written as a token of this kind is',
    'Copy the whole token, with nothing before or after it.'
  ],
  checksum: [
    'wrong_checksum',
    'its last six characters do not fit the others',
    'Copy it again: a character is wrong or missing.'
  ],
  type: ['wrong_type', 'its typ is of another kind of token', 'Use the token for what it was made for.'],
  signing_key: [
    'unknown_signing_key',
    'its kid names no key of this service',
    'Get a new token here: it was made elsewhere, or its key has gone.'
  ],
  signature: [
    'wrong_signature',
    'it was not signed by the key that it names',
    'Copy it again, and change nothing in it.'
  ],
  issuer: ['claims_of_another_issuer', 'iss and aud are not this service', 'Get a new token here.'],
  claims: ['claims_of_another_kind', 'it lacks what a token of this kind says', 'Get a new token here.'],
  known: ['unknown', 'it is no token that you can see here', 'Sign in as its owner to see more, or create a new one.'],
  revocation: ['revoked', 'it was revoked', 'Create a new token.'],
  expiry: ['expired', 'its time is over', 'Get a new token.'],
  account: ['account_suspended', 'the account that it belongs to is suspended', 'Ask an admin.'],
  address: [
    'ip_not_allowed',
    'it may not be used from the address that you call from',
    'Add the address to allowedIps of the token.'
  ],
  action: [
    'action_deleted',
    'it is for no action that you can see here',
    'Use the actionPackageId of an action that there is.'
  ],
  workspace: ['workspace_deleted', 'the workspace of its action has gone', 'Use an action of another workspace.'],
  user: [
    'user_gone_or_suspended',
    'its user was deleted or suspended, or belongs to the workspace no longer',
    'Get a new token for a user of the workspace.'
  ]
} as const satisfies Record<string, readonly [reason: string, why: string, remedy: string]>

export type OwnCheck = keyof typeof FAILURES

/** Collects what the checks of a credential find, in their order; those after one that failed are not reached. */
export interface Checklist {
  /** Gives `passed` back. */
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
