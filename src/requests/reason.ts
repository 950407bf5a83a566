import type { FaultCode } from '../lib/fault.ts'

/** Why a call was refused, as the owners of its listener and of its credential see it. */
export const REASONS = [
  'expired',
  'revoked',
  'disabled',
  'unknown',
  'malformed',
  'wrong_password',
  'bad_signature',
  'stale_signature',
  'replayed_signature',
  'ip_not_allowed',
  'listener_not_in_scope',
  'listener_of_another_workspace',
  'carrier_not_accepted',
  'principal_not_accepted',
  'method_not_allowed',
  'rate_limited',
  'daily_quota_used',
  'listener_rate_limited',
  'listener_disabled',
  'workspace_suspended',
  'account_suspended',
  'customer_blocked',
  'management_token',
  'no_such_listener',
  'several_credentials',
  'cross_site'
] as const

const KNOWN: ReadonlySet<string> = new Set(REASONS)

/** Exact names of failures, with their reason. The exact name is stored beside the reason. */
const EXACT: Readonly<Record<string, (typeof REASONS)[number]>> = {
  wrong_email_or_password: 'wrong_password',
  second_factor_needed: 'wrong_password',
  email_not_verified: 'wrong_password',
  session_unknown_or_ended: 'unknown',
  unknown_signing_key: 'unknown',
  unknown_kind: 'malformed',
  unknown_authorization_scheme: 'malformed',
  malformed_basic: 'malformed',
  customer_not_granted: 'listener_not_in_scope',
  wrong_signature: 'bad_signature',
  secret_too_short: 'bad_signature',
  signature_secret_missing: 'bad_signature',
  encrypted: 'malformed',
  too_long: 'malformed',
  issued_in_future: 'malformed',
  lifetime_too_long: 'malformed',
  user_gone_or_suspended: 'account_suspended',
  action_deleted: 'unknown',
  workspace_deleted: 'unknown'
}

/** The names of failed checks of customers' tokens share prefixes or suffixes. */
const FAMILIES: readonly (readonly [family: RegExp, reason: (typeof REASONS)[number]])[] = [
  [/^(signature|key|alg|kid)_/, 'bad_signature'],
  [/^workspace_/, 'unknown'],
  [/^(not|header|payload|exp|nbf|iat|aud|id|name|fields|admin|claims)_/, 'malformed']
]

/**
 * The reason under which a refusal is recorded.
 * @param why the exact name of what failed
 * @returns one of {@link REASONS}, or the code if no reason applies
 */
export function reasonOf(code: FaultCode, why: string | undefined): string {
  if (why === undefined) return code
  if (KNOWN.has(why)) return why
  return EXACT[why] ?? FAMILIES.find(([family]) => code === 'invalid_token' && family.test(why))?.[1] ?? code
}
