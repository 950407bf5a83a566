import type { AccountRecord } from '../../accounts/account-cache.ts'
import type { Clock } from '../../lib/clock.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { TokenRecord } from '../../tokens/token-cache.ts'
import { TOKEN_CHECKS } from '../../tokens/token-checks.ts'
import type { AuthenticationResult, Origin, Principal } from '../principal.ts'

export interface TokenLookupDeps {
  tokens: RecordCache<TokenRecord>
  accounts: RecordCache<AccountRecord>
  clock: Clock
}

/** Finds a token by its digest and runs its checks. Answers synchronously if everything is in memory. */
export type TokenLookup = (digest: string, origin: Origin) => AuthenticationResult | Promise<AuthenticationResult>

/** @param principalOf makes the principal of a token that passed its checks */
export function createTokenLookup(
  deps: TokenLookupDeps,
  principalOf: (account: AccountRecord, token: TokenRecord) => Principal
): TokenLookup {
  function judge(token: TokenRecord, account: AccountRecord | undefined, origin: Origin): AuthenticationResult {
    const input = { token, account, ip: origin.ip, now: deps.clock.now() }
    const failed = TOKEN_CHECKS.find(({ passes }) => !passes(input))
    if (failed || !account) return { known: false, why: failed?.why ?? 'account_suspended', tokenId: token.id }
    return { known: true, principal: principalOf(account, token) }
  }

  function findAccount(
    token: TokenRecord | undefined,
    origin: Origin
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (!token) return { known: false, why: 'unknown' }
    const account = deps.accounts.get(token.accountId)
    return account instanceof Promise
      ? account.then((record) => judge(token, record, origin))
      : judge(token, account, origin)
  }

  return (digest, origin) => {
    const token = deps.tokens.get(digest)
    return token instanceof Promise ? token.then((record) => findAccount(record, origin)) : findAccount(token, origin)
  }
}
