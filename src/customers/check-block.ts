import type { CustomerRecord } from './customer-cache.ts'

/**
 * Why a valid token of a customer is refused; undefined if it is accepted.
 * @param issuedAt its `iat` in milliseconds. A token without it is refused if the customer has `tokensNotBefore`.
 */
export function whyBlocked(
  { blocked, tokensNotBefore, archived }: Pick<CustomerRecord, 'blocked' | 'tokensNotBefore' | 'archived'>,
  issuedAt: number | undefined
): 'customer_blocked' | undefined {
  const isOld = tokensNotBefore !== undefined && (issuedAt === undefined || issuedAt < tokensNotBefore)
  return blocked || archived || isOld ? 'customer_blocked' : undefined
}
