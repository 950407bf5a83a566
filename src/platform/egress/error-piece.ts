/** Why a call out of the gateway gave no answer. */
export type EgressErrorCode =
  | 'refused'
  | 'invalid_url'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'too_large'
  | 'too_many_redirects'
  | 'bad_encoding'
  | 'protocol'
  | 'aborted'
  | 'withheld'

/**
 * A call that got no answer. The message is safe to show to the flow's author: it names the host as the author wrote it,
 * never a credential, a query or an address that DNS gave. `cause`, where there is one, is for the operator's log only.
 */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code: EgressErrorCode

  constructor(code: EgressErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
