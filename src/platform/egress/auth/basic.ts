import type { Secret } from '../../../lib/secret.ts'
import { AuthenticationError } from './error.ts'

/**
 * The `Authorization` value for HTTP Basic, its text in UTF-8 (RFC 7617).
 *
 * @throws {AuthenticationError} `invalid_policy` where the user name holds a colon, or either holds a control character (section 2).
 */
export function basicAuthorization(username: string, password: Secret): string {
  if (username.includes(':'))
    throw new AuthenticationError('invalid_policy', 'basic.username holds a colon, which HTTP Basic cannot carry')
  const pair = `${username}:${password.reveal()}`
  if (/\p{Cc}/u.test(pair))
    throw new AuthenticationError('invalid_policy', 'basic.username or basic.password holds a control character')
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
}
