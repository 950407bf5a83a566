import { Fault } from '../lib/fault.ts'
import type { Credential, AuthenticationResult, Origin, Principal } from './principal.ts'

export type Authenticator = (
  credential: Credential,
  origin: Origin
) => AuthenticationResult | Promise<AuthenticationResult>

export interface AuthenticatorChain {
  /**
   * @throws Fault `invalid_token`, `account_suspended` (only after a correct password), `rate_limited`, `unavailable`
   */
  authenticate(credential: Credential, origin: Origin): Promise<Principal>
}

/** Tries each authenticator in turn. The first one that recognizes the kind of the credential decides. */
export function createAuthenticatorChain(authenticators: readonly Authenticator[]): AuthenticatorChain {
  return {
    async authenticate(credential, origin) {
      for (const authenticator of authenticators) {
        const answer = authenticator(credential, origin)
        const result = answer instanceof Promise ? await answer : answer
        if (result?.known) return result.principal
        if (result) throw new AuthenticationFailed(result)
      }
      throw new Fault('invalid_token', { why: 'unknown_kind' })
    }
  }
}

/** A rejected credential. It carries the owner, which only the owner may see. */
export class AuthenticationFailed extends Fault {
  readonly tokenId: string | undefined

  constructor({ why, tokenId, suspended }: { why: string; tokenId?: string; suspended?: boolean }) {
    super(suspended ? 'account_suspended' : 'invalid_token', { why })
    this.tokenId = tokenId
  }
}
