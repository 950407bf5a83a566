import { LRUCache } from 'lru-cache'
import type { AccountRecord } from '../../accounts/account-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { Clock } from '../../lib/clock.ts'
import { tokenDigest, isOpaque } from '../../lib/opaque-token.ts'
import type { ApiTokenJwt } from '../../tokens/jwt.ts'
import type { TokenRecord } from '../../tokens/token-cache.ts'
import { TOKEN_CHECKS } from '../../tokens/token-checks.ts'
import type { AuthenticationResult, Origin } from '../principal.ts'
import type { Authenticator } from '../authenticate.ts'

export interface ApiTokenAuthenticatorDeps {
  tokens: RecordCache<TokenRecord>
  accounts: RecordCache<AccountRecord>
  apiTokenJwt: ApiTokenJwt
  clock: Clock
}

const REMEMBERED_SIGNATURES = 50_000

/** Authenticates API tokens in both forms. A wrong checksum or signature is rejected without a database query. */
export function apiTokenAuthenticator(deps: ApiTokenAuthenticatorDeps): Authenticator {
  /** Digests of JWTs whose signature was verified. They cover the exact bytes, so no other text matches. */
  const verified = new LRUCache<string, true>({ max: REMEMBERED_SIGNATURES })

  async function verifyJwt(text: string, digest: string, origin: Origin): Promise<AuthenticationResult> {
    const checked = await deps.apiTokenJwt.verify(text)
    if (!checked) return undefined
    if ('why' in checked) return { known: false, why: checked.why }
    verified.set(digest, true)
    return findByDigest(digest, origin)
  }

  function findByDigest(digest: string, origin: Origin): AuthenticationResult | Promise<AuthenticationResult> {
    const token = deps.tokens.get(digest)
    return token instanceof Promise ? token.then((record) => findAccount(record, origin)) : findAccount(token, origin)
  }

  function findAccount(
    token: TokenRecord | undefined,
    origin: Origin
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (!token) return { known: false, why: 'unknown' }
    const account = deps.accounts.get(token.accountId)
    return account instanceof Promise
      ? account.then((record) => judge(token, record, origin, deps.clock.now()))
      : judge(token, account, origin, deps.clock.now())
  }

  return (credential, origin) => {
    if (credential.carrier === 'basic' || credential.carrier === 'cookie') return undefined
    const text = credential.token.reveal()
    if (text.startsWith('slc_'))
      return isOpaque('slc_', text) ? findByDigest(tokenDigest(text), origin) : { known: false, why: 'malformed' }
    if (!text.startsWith('ey')) return undefined
    const digest = tokenDigest(text)
    return verified.get(digest) ? findByDigest(digest, origin) : verifyJwt(text, digest, origin)
  }
}

function judge(
  token: TokenRecord,
  account: AccountRecord | undefined,
  origin: Origin,
  now: number
): AuthenticationResult {
  const input = { token, account, ip: origin.ip, now }
  const failed = TOKEN_CHECKS.find(({ passes }) => !passes(input))
  if (failed || !account) return { known: false, why: failed?.why ?? 'account_suspended', tokenId: token.id }
  return { known: true, principal: { kind: 'token', account, token } }
}
