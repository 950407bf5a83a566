import { runCheck } from './checks.ts'
import { examineCustomerToken, type CustomerRules, type CustomerToken } from './verify-customer-token.ts'

/**
 * Verifies a token that a customer's back end signed: its form, its workspace, its signature, its times and its claims.
 * @throws JwsRefused
 */
export function verifyCustomerToken(compact: string, rules: CustomerRules): Promise<CustomerToken> {
  return examineCustomerToken(compact, rules, runCheck)
}
