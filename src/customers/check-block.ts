import type { CustomerRecord } from './customer-cache.ts'

/**
 * Why a valid token of a customer is not accepted; undefined if it is.
 * @param issuedAt its `iat` in milliseconds. A token without it may be older than any time.
 */
export function whyBlocked(
  { blocked, tokensNotBefore, archived }: Pick<CustomerRecord, 'blocked' | 'tokensNotBefore' | 'archived'>,
  issuedAt: number | undefined
): 'customer_blocked' | undefined {
  const isOld = tokensNotBefore !== undefined && (issuedAt === undefined || issuedAt < tokensNotBefore)
  return blocked || archived || isOld ? 'customer_blocked' : undefined
}
