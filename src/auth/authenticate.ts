import type { CallCredential, CredentialKind } from '../lib/credential-kind.ts'
import { Fault, type FaultCode, type FaultOptions } from '../lib/fault.ts'
import type { Credential, AuthenticationResult, Origin, Principal, RefusalCode } from './principal.ts'

export type Authenticator = (
  credential: Credential,
  origin: Origin
) => AuthenticationResult | Promise<AuthenticationResult>

export interface AuthenticatorChain {
  /**
   * @throws Fault `invalid_token`, `account_suspended` (only after a correct password), `workspace_suspended` (only for
   *   its own customers), `rate_limited`, `unavailable`
   */
  authenticate(credential: Credential, origin: Origin): Promise<Principal>
}

/** Tries each authenticator in turn. The first one that recognizes the kind of the credential decides. */
export function createAuthenticatorChain(
  authenticators: readonly (readonly [kind: CredentialKind, authenticator: Authenticator])[]
): AuthenticatorChain {
  return {
    async authenticate(credential, origin) {
      for (const [kind, authenticator] of authenticators) {
        const answer = authenticator(credential, origin)
        const result = answer instanceof Promise ? await answer : answer
        if (result?.known) return result.principal
        if (result) throw new AuthenticationFailed({ kind, ...result })
      }
      throw new AuthenticationFailed({ why: 'unknown_kind' })
    }
  }
}

/** Reasons of credentials that name nothing known here, whatever their form. */
const NAMES_NOTHING: ReadonlySet<string> = new Set([
  'unknown',
  'malformed',
  'session_unknown_or_ended',
  'workspace_unknown',
  'workspace_missing'
])

/** A refusal that knows which credential was shown. It carries the owner, which only the owner may see. */
export class CredentialFault extends Fault {
  readonly credential: CallCredential

  constructor(code: FaultCode, options: FaultOptions, credential: CallCredential) {
    super(code, options)
    this.credential = credential
  }
}

/** A credential that no authenticator accepts. */
export class AuthenticationFailed extends CredentialFault {
  constructor({
    why,
    kind = 'unknown',
    tokenId,
    customerId,
    code = 'invalid_token'
  }: {
    why: string
    kind?: CredentialKind
    tokenId?: string
    customerId?: string
    code?: RefusalCode
  }) {
    super(
      code,
      { why },
      {
        kind: NAMES_NOTHING.has(why) ? 'unknown' : kind,
        ...(tokenId === undefined ? {} : { tokenId }),
        ...(customerId === undefined ? {} : { customerId })
      }
    )
  }
}
