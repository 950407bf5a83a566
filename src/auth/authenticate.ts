import { Fault } from '../lib/fault.ts'
import type { Credential, Finding, Origin, Principal } from './principal.ts'

export type Resolver = (credential: Credential, origin: Origin) => Finding | Promise<Finding>

export interface Principals {
  /** @throws Fault `invalid_token`, `account_suspended` (only after a right password), `rate_limited`, `unavailable` */
  resolve(credential: Credential, origin: Origin): Promise<Principal>
}

/** Asks each resolver in turn; the first whose kind the credential is decides. */
export function createPrincipals(resolvers: readonly Resolver[]): Principals {
  return {
    async resolve(credential, origin) {
      for (const resolver of resolvers) {
        const answer = resolver(credential, origin)
        const finding = answer instanceof Promise ? await answer : answer
        if (finding?.known) return finding.principal
        if (finding) throw new CredentialRefused(finding)
      }
      throw new Fault('invalid_token', { why: 'unknown_kind' })
    }
  }
}

/** The refusal of a credential. Whose it was is known here and told to nobody but its owner. */
export class CredentialRefused extends Fault {
  readonly tokenId: string | undefined

  constructor({ why, tokenId, suspended }: { why: string; tokenId?: string; suspended?: boolean }) {
    super(suspended ? 'account_suspended' : 'invalid_token', { why })
    this.tokenId = tokenId
  }
}
