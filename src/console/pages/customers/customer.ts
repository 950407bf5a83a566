import type { Customer } from '../../api/types.ts'

/** With what later gateways tell of kept credentials: their names, never their values. */
export interface CustomerWithNames extends Customer {
  credentialNames?: readonly string[]
  credentialsUpdatedAt?: string | null
}
