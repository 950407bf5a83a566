import type { Customer } from '../../api/types.ts'

/** A customer as members see it, with its block and the names of its credentials. */
export interface ManagedCustomer extends Customer {
  blocked: boolean
  /** Tokens that were signed before this time are refused. */
  tokensNotBefore: string | null
  credentialNames?: readonly string[]
  credentialsUpdatedAt?: string | null
}
