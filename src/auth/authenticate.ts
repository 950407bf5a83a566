import { Fault } from '../lib/fault.ts'
import type { Credential, AuthenticationResult, Origin, Principal } from './principal.ts'

export type Authenticator = (
  credential: Credential,
  origin: Origin
) => AuthenticationResult | Promise<AuthenticationResult>

export interface AuthenticatorChain {
  /** @throws Fault `invalid_token`, `account_suspended` (only after a right password), `rate_limited`, `unavailable` */
  authenticate(credential: Credential, origin: Origin): Promise<Principal>
}

/** Asks each resolver in turn; the first whose kind the credential is decides. */
export function createAuthenticatorChain(resolvers: readonly Authenticator[]): AuthenticatorChain {
  return {
    async authenticate(credential, origin) {
      for (const resolver of resolvers) {
        const answer = resolver(credential, origin)
        const finding = answer instanceof Promise ? await answer : answer
        if (finding?.known) return finding.principal
        if (finding) throw new AuthenticationFailed(finding)
      }
      throw new Fault('invalid_token', { why: 'unknown_kind' })
    }
  }
}

/** The refusal of a credential. Whose it was is known here and told to nobody but its owner. */
export class AuthenticationFailed extends Fault {
  readonly tokenId: string | undefined

  constructor({ why, tokenId, suspended }: { why: string; tokenId?: string; suspended?: boolean }) {
    super(suspended ? 'account_suspended' : 'invalid_token', { why })
    this.tokenId = tokenId
  }
}
