import { Fault } from '../lib/fault.ts'

/** The refusal of a credential. Whose it was is known here and told to nobody but its owner. */
export class CredentialRefused extends Fault {
  readonly tokenId: string | undefined

  constructor({ why, tokenId, suspended }: { why: string; tokenId?: string; suspended?: boolean }) {
    super(suspended ? 'account_suspended' : 'invalid_token', { why })
    this.tokenId = tokenId
  }
}
