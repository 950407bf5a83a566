import type { Customer } from '../../api/types.ts'

/** A customer as members see it: whether it is stopped, and what is kept of its credentials, which is their names. */
export interface ManagedCustomer extends Customer {
  blocked: boolean
  /** Tokens that were signed earlier are refused. */
  tokensNotBefore: string | null
  credentialNames?: readonly string[]
  credentialsUpdatedAt?: string | null
}
