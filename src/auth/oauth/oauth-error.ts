import type { CallCredential } from '../../lib/credential-kind.ts'
import type { FaultCode } from '../../lib/fault.ts'
import { CredentialFault } from '../authenticate.ts'

/** The errors of the token endpoint (RFC 6749, section 5.2), and the code that logs and records have for each. */
const CODES = {
  invalid_request: 'invalid_request',
  invalid_client: 'invalid_token',
  unauthorized_client: 'invalid_request',
  unsupported_grant_type: 'invalid_request',
  invalid_scope: 'invalid_request'
} as const satisfies Record<string, FaultCode>

export type OAuthErrorName = keyof typeof CODES

/** A refusal of the token endpoint. */
export class OAuthError extends CredentialFault {
  readonly error: OAuthErrorName

  /** @param description for the client's developer: ASCII without quotes and backslashes (RFC 6749, section 5.2) */
  constructor(
    error: OAuthErrorName,
    why: string,
    description: string,
    credential: CallCredential = { kind: 'unknown' }
  ) {
    super(CODES[error], { why, detail: description }, credential)
    this.error = error
  }
}
