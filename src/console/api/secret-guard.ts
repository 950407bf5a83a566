/**
 * A whole credential: an API token, a session, a management token, or any JWT. The 12 characters that a list shows do
 * not match.
 */
const CREDENTIAL = /\bsl[a-z]_[0-9A-Za-z]{20,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+/

/** Whether a value contains a credential anywhere. */
export function holdsCredential(value: unknown): boolean {
  if (typeof value === 'string') return CREDENTIAL.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsCredential)
}
