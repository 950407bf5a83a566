import type { Secret } from '../../../lib/secret.ts'
import { AuthenticationError } from './error.ts'

/**
 * Visible ASCII. This is wider than RFC 6750's `b64token`, as are the tokens of some issuers, and still a single word
 * in a header.
 */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * The `Authorization` value for a bearer token (RFC 6750, section 2.1).
 * @throws {AuthenticationError} `invalid_policy` for a token that no header can carry
 */
export function bearerAuthorization(token: Secret): string {
  if (!isBearerToken(token.reveal()))
    throw new AuthenticationError(
      'invalid_policy',
      'bearer.token is empty or contains a character that tokens must not have'
    )
  return `Bearer ${token.reveal()}`
}

/** Whether a text can be sent as a bearer token: it is not empty, and has only characters that tokens may have. */
export function isBearerToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * The `Authorization` value for HTTP Basic, with its text in UTF-8 (RFC 7617).
 * @throws {AuthenticationError} `invalid_policy` if the user name contains a colon, or either text contains a control
 * character (section 2)
 */
export function basicAuthorization(username: string, password: Secret): string {
  if (username.includes(':'))
    throw new AuthenticationError(
      'invalid_policy',
      'basic.username contains a colon, which HTTP Basic does not support'
    )
  const pair = `${username}:${password.reveal()}`
  if (/\p{Cc}/u.test(pair))
    throw new AuthenticationError('invalid_policy', 'basic.username or basic.password contains a control character')
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
}
