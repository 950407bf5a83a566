import type { CallCredential, CredentialKind } from '../lib/credential-kind.ts'
import { Fault, type FaultCode, type FaultOptions } from '../lib/fault.ts'
import type { Credential, AuthenticationResult, Origin, Principal, RefusalCode } from './principal.ts'

export type Authenticator = (
  credential: Credential,
  origin: Origin
) => AuthenticationResult | Promise<AuthenticationResult>

export interface AuthenticatorChain {
  /**
   * Returns synchronously if everything is in memory.
   * @throws Fault `invalid_token`, `account_suspended` (only after a correct password), `workspace_suspended` (only for
   *   its own customers), `rate_limited`, `unavailable`
   */
  authenticate(credential: Credential, origin: Origin): Principal | Promise<Principal>
}

/** Tries each authenticator in turn. The first one that recognizes the kind of the credential decides. */
export function createAuthenticatorChain(
  authenticators: readonly (readonly [kind: CredentialKind, authenticator: Authenticator])[]
): AuthenticatorChain {
  function authenticate(credential: Credential, origin: Origin, from = 0): Principal | Promise<Principal> {
    for (let index = from; index < authenticators.length; index++) {
      const [kind, authenticator] = authenticators[index] as (typeof authenticators)[number]
      const result = authenticator(credential, origin)
      if (result instanceof Promise)
        return result.then((waited) => decide(kind, waited) ?? authenticate(credential, origin, index + 1))
      const principal = decide(kind, result)
      if (principal) return principal
    }
    throw new AuthenticationFailed({ why: 'unknown_kind' })
  }

  return { authenticate: (credential, origin) => authenticate(credential, origin) }
}

/** The caller; undefined if the authenticator does not know this kind of credential. */
function decide(kind: CredentialKind, result: AuthenticationResult): Principal | undefined {
  if (result?.known) return result.principal
  if (result) throw new AuthenticationFailed({ kind, ...result })
  return undefined
}

/** Reasons for refusing credentials that identify nothing known here, whatever their form. */
const NAMES_NOTHING: ReadonlySet<string> = new Set([
  'unknown',
  'malformed',
  'session_unknown_or_ended',
  'workspace_unknown',
  'workspace_missing'
])

/** A refusal that carries which credential was shown, and its owner. Only the owner may see these. */
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
