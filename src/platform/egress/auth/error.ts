export type AuthenticationErrorCode =
  /** The policy asks for what is not built, such as `authorization_code`. */
  | 'unsupported'
  /** A property of the policy is missing or has a wrong form. */
  | 'invalid_policy'
  /** The upstream's challenge cannot be answered. */
  | 'challenge'
  /** The authorization server's discovery document could not be had or does not fit. */
  | 'discovery'
  /** The token endpoint could not be reached, or refused. */
  | 'token_request'
  /** The token endpoint's answer cannot be used. */
  | 'token_response'

/**
 * A call that could not be authenticated. The message names hosts and properties, never a credential or what a server
 * said in free text.
 */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  readonly code: AuthenticationErrorCode

  constructor(code: AuthenticationErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
