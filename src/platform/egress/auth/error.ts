export type AuthenticationErrorCode =
  /** The policy uses a feature that is not supported, such as `authorization_code`. */
  | 'unsupported'
  /** A property of the policy is missing or has a wrong form. */
  | 'invalid_policy'
  /** The upstream's challenge cannot be answered. */
  | 'challenge'
  /** The authorization server's discovery document could not be loaded or is not valid. */
  | 'discovery'
  /** The token endpoint could not be reached, or rejected the request. */
  | 'token_request'
  /** The token endpoint's answer cannot be used. */
  | 'token_response'

/**
 * A call that could not be authenticated. The message names hosts and properties, never a credential or free text of a
 * server.
 */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  readonly code: AuthenticationErrorCode

  constructor(code: AuthenticationErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
