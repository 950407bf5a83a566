import type { AccountRecord } from '../../accounts/account-cache.ts'
import type { Clock } from '../../lib/clock.ts'
import { isId, newId } from '../../lib/ids.ts'
import { isOpaque, tokenDigest } from '../../lib/opaque-token.ts'
import { Secret } from '../../lib/secret.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import type { ApiTokenJwt } from '../../tokens/jwt.ts'
import type { TokenRecord } from '../../tokens/token-cache.ts'
import { TOKEN_CHECKS } from '../../tokens/token-checks.ts'
import { inScope } from '../authorize.ts'
import type { Origin, Principal } from '../principal.ts'
import type { ClientThrottle } from './client-throttle.ts'
import { OAuthError } from './oauth-error.ts'

/** How long an access token lives at most. */
export const ACCESS_TOKEN_SECONDS = 3600
/** The most ids in one `scope`. With more, the token could become too long for a header. */
export const SCOPE_IDS_MAX = 32

export interface IssueAccessTokenDeps {
  tokens: RecordCache<TokenRecord>
  accounts: RecordCache<AccountRecord>
  listeners: RecordCache<ListenerRecord>
  apiTokenJwt: ApiTokenJwt
  clientThrottle: ClientThrottle
  clock: Clock
}

/** The credentials of a client: the id and the text of an API token. */
export interface Client {
  id: string
  secret: Secret
}

export interface IssuedAccessToken {
  accessToken: Secret
  expiresIn: number
  /** Ids of listeners and workspaces, separated by spaces; undefined: everything that the account may call. */
  scope: string | undefined
}

export type ClientPrincipal = Extract<Principal, { kind: 'token' }>

/**
 * Finds the API token that a client shows as its id and secret, and runs its checks.
 * @throws OAuthError `invalid_client`, `unauthorized_client` for a management token
 * @throws Fault `rate_limited` after too many wrong secrets, `unavailable`
 */
export async function authenticateClient(
  deps: IssueAccessTokenDeps,
  client: Client,
  { ip }: Pick<Origin, 'ip'>
): Promise<ClientPrincipal> {
  await deps.clientThrottle.requireBelowLimits(client.id, ip)
  const text = client.secret.reveal()
  const couldBe = text.startsWith('ey') || isOpaque('slc_', text) || isOpaque('slm_', text)
  const token = couldBe ? await deps.tokens.get(tokenDigest(text)) : undefined
  if (token?.id !== client.id) {
    await deps.clientThrottle.countWrong(client.id, ip)
    throw invalidClient('unknown')
  }
  const account = await deps.accounts.get(token.accountId)
  const input = { token, account, ip, now: deps.clock.now() }
  const failed = TOKEN_CHECKS.find(({ passes }) => !passes(input))
  if (failed || !account) throw invalidClient(failed?.why ?? 'account_suspended', token)
  if (token.permissions)
    throw new OAuthError('unauthorized_client', 'management_token', 'A management token cannot get access tokens.', {
      kind: 'management',
      tokenId: token.id,
      accountId: token.accountId
    })
  return { kind: 'token', account, token }
}

/**
 * Issues an access token (RFC 6749, section 4.4; RFC 9068). It is not stored: it ends with its API token.
 * @param scope the `scope` parameter; it narrows the API token's own
 * @throws OAuthError `invalid_scope`, `invalid_client`
 */
export async function issueAccessToken(
  deps: IssueAccessTokenDeps,
  client: ClientPrincipal,
  scope: string | undefined
): Promise<IssuedAccessToken> {
  const { token } = client
  const asked = [...new Set((scope ?? '').split(' ').filter((id) => id !== ''))]
  await requireWithin(deps, client, asked)
  const iat = Math.floor(deps.clock.now() / 1000)
  const exp = Math.min(iat + ACCESS_TOKEN_SECONDS, Math.floor(token.expiresAt / 1000))
  if (exp <= iat) throw invalidClient('expired', token)
  const { text } = await deps.apiTokenJwt.sign({
    sub: token.id,
    client_id: token.id,
    jti: newId('oat'),
    iat,
    exp,
    ...(asked.length > 0 ? { scope: asked.join(' ') } : {})
  })
  const granted = asked.length > 0 ? asked : [...(token.scope?.listeners ?? []), ...(token.scope?.workspaces ?? [])]
  return {
    accessToken: new Secret(text),
    expiresIn: exp - iat,
    scope: granted.length > 0 ? granted.join(' ') : undefined
  }
}

async function requireWithin(
  { listeners }: IssueAccessTokenDeps,
  { account, token }: ClientPrincipal,
  ids: readonly string[]
): Promise<void> {
  const refuse = (why: string, description: string): never => {
    throw new OAuthError('invalid_scope', why, description, {
      kind: 'token',
      tokenId: token.id,
      accountId: token.accountId
    })
  }
  if (ids.length > SCOPE_IDS_MAX) refuse('scope_too_long', `The scope has more than ${SCOPE_IDS_MAX} ids.`)
  for (const id of ids) {
    const listener = isId('lsn', id) ? await listeners.get(id) : undefined
    const isWithin = isId('wsp', id)
      ? account.memberships.has(id) && (!token.scope || token.scope.workspaces.has(id))
      : listener !== undefined &&
        account.memberships.has(listener.workspaceId) &&
        (!token.scope || inScope(token.scope, listener))
    // Absent, foreign and out-of-scope ids get the same answer.
    if (!isWithin)
      refuse(
        'listener_not_in_scope',
        'The scope has an id that is not a listener or workspace that this client may call.'
      )
  }
}

function invalidClient(why: string, token?: TokenRecord): OAuthError {
  return new OAuthError(
    'invalid_client',
    why,
    'The client id is not the id of a token that may be used, or the client secret is not its text.',
    token ? { kind: 'token', tokenId: token.id, accountId: token.accountId } : { kind: 'unknown' }
  )
}
