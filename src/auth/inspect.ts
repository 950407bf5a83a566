import type { AccountRecord } from '../accounts/account-cache.ts'
import { isLive } from '../accounts/session-life.ts'
import type { SessionDeps } from '../accounts/sessions.ts'
import { INTEGRATION_CHECKS, type IntegrationTokens } from '../actions/integration-token.ts'
import { subjectOf } from '../actions/user.ts'
import { whyBlocked } from '../customers/check-block.ts'
import { externalKey, type CustomerRecord } from '../customers/customer-cache.ts'
import type { CustomerVerifier } from '../customers/token-verifier.ts'
import { tokenDigestBytes, tokenDigest, hasOpaqueShape, isOpaque, type OpaquePrefix } from '../lib/opaque-token.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { type AccessTokenClaims, type ApiTokenJwt, ISSUED_JWT_CHECKS, type IssuedJwts } from '../tokens/jwt.ts'
import type { TokenRecord } from '../tokens/token-cache.ts'
import type { FindTokenDigest } from '../tokens/token-digests.ts'
import { TOKEN_CHECKS } from '../tokens/token-checks.ts'
import { type Checklist, createChecklist, NOTHING, type TokenInspection } from './inspect-checks.ts'

export interface InspectDeps extends Pick<SessionDeps, 'database' | 'clock'> {
  accounts: RecordCache<AccountRecord>
  tokens: RecordCache<TokenRecord>
  issuedJwts: IssuedJwts
  apiTokenJwt: ApiTokenJwt
  findTokenDigest: FindTokenDigest
  integrationTokens: IntegrationTokens
  verifier: CustomerVerifier
  customers: RecordCache<CustomerRecord>
  /** The issuer of our own tokens. */
  publicUrl: string
}

/** The caller that inspects a token, and its address. */
export interface Inspector {
  account: AccountRecord
  ip: string
}

const TOKEN_CHECK_NAMES = TOKEN_CHECKS.map(({ check }) => check)

/**
 * Runs the checks that a call with this token would run, and returns the result of each. The text is neither stored nor
 * logged.
 * @throws Fault `unavailable`
 */
export async function inspectToken(deps: InspectDeps, inspector: Inspector, text: string): Promise<TokenInspection> {
  if (text.startsWith('slc_')) return inspectOpaque(deps, inspector, 'slc_', text)
  if (text.startsWith('slm_')) return inspectOpaque(deps, inspector, 'slm_', text)
  if (text.startsWith('sls_')) return inspectSession(deps, inspector, text)
  switch (deps.issuedJwts.typeOf(text)) {
    case 'at+jwt':
      return inspectTokenJwt(deps, inspector, text)
    case 'sluice-integration+jwt':
      return inspectIntegration(deps, inspector, text)
    default:
      return inspectCustomer(deps, inspector, text)
  }
}

async function inspectOpaque(
  deps: InspectDeps,
  inspector: Inspector,
  prefix: 'slc_' | 'slm_',
  text: string
): Promise<TokenInspection> {
  const list = createChecklist(['form', 'checksum', 'known', ...TOKEN_CHECK_NAMES])
  if (!passesChecksum(list, prefix, text)) return { ...NOTHING, checks: list.report() }
  const token = await inspectTokenChecks(deps, inspector, list, await deps.tokens.get(tokenDigest(text)))
  return {
    ...NOTHING,
    kind: prefix === 'slm_' ? 'management' : 'opaque',
    ...outcomeOf(deps, list, token),
    checks: list.report()
  }
}

async function inspectTokenJwt(deps: InspectDeps, inspector: Inspector, text: string): Promise<TokenInspection> {
  const list = createChecklist([...ISSUED_JWT_CHECKS, 'claims', 'known', ...TOKEN_CHECK_NAMES])
  const verified = await deps.apiTokenJwt.verify(text, { onCheck: (check, passed) => list.record(check, passed) })
  const { header = null, payload = null } = deps.issuedJwts.decode(text) ?? {}
  const kind = payload && 'client_id' in payload ? 'oauth' : 'jwt'
  if (!verified || 'why' in verified) {
    if (list.passed('issuer')) list.record('claims', false)
    return { ...NOTHING, header, payload, kind, checks: list.report() }
  }
  list.record('claims', true)
  const found = verified.access ? await clientToken(deps, verified.access) : await deps.tokens.get(tokenDigest(text))
  const token = await inspectTokenChecks(deps, inspector, list, found)
  return {
    ...NOTHING,
    header,
    payload,
    kind,
    ...outcomeOf(deps, list, token),
    matchedKey: ownKey(header),
    checks: list.report()
  }
}

async function inspectSession(deps: InspectDeps, inspector: Inspector, text: string): Promise<TokenInspection> {
  const list = createChecklist(['form', 'checksum', 'known', 'expiry', 'account'])
  if (!passesChecksum(list, 'sls_', text)) return { ...NOTHING, checks: list.report() }
  const session = await deps.database.prisma.session.findUnique({ where: { digest: tokenDigestBytes(text) } })
  const known = list.record('known', session?.accountId === inspector.account.id)
  if (known && session && list.record('expiry', isLive(session, deps.clock.now())))
    list.record('account', !inspector.account.suspended)
  const subject =
    known && session
      ? { accountId: session.accountId, sessionId: session.id, expiresAt: session.expiresAt.toISOString() }
      : null
  return {
    ...NOTHING,
    kind: 'session',
    valid: list.allPassed(),
    issuer: subject ? { url: deps.publicUrl } : null,
    subject,
    checks: list.report()
  }
}

async function inspectIntegration(deps: InspectDeps, inspector: Inspector, text: string): Promise<TokenInspection> {
  const list = createChecklist([...ISSUED_JWT_CHECKS, ...INTEGRATION_CHECKS])
  const { header = null, payload = null } = deps.issuedJwts.decode(text) ?? {}
  let signed = false
  const verified = await deps.integrationTokens.verify(text, {
    onCheck: (check, passed) => list.record(check, passed),
    onIntegrationCheck: (check, passed) => list.record(check, passed),
    onClaims: () => {
      signed = true
    },
    maySee: ({ workspaceId }) => inspector.account.memberships.has(workspaceId)
  })
  const subject =
    verified && !('why' in verified)
      ? {
          user: subjectOf(verified.user),
          actionPackageId: verified.action.id,
          action: verified.action.name,
          workspaceId: verified.action.workspaceId
        }
      : null
  return {
    kind: 'integration',
    valid: list.allPassed(),
    issuer: signed ? { url: deps.publicUrl } : null,
    matchedKey: signed ? ownKey(header) : null,
    header,
    payload,
    subject,
    checks: list.report()
  }
}

async function inspectCustomer(deps: InspectDeps, inspector: Inspector, text: string): Promise<TokenInspection> {
  const { inspection, keys } = await deps.verifier.inspect(text, (workspaceId) =>
    inspector.account.memberships.has(workspaceId)
  )
  const { checks, token, header = null, claims: payload = null, matchedKid } = inspection
  const kind = token?.customer.kind ?? (keys ? guessKind(payload) : 'none')
  const list = createChecklist(kind === 'none' ? [] : kind === 'admin' ? ['suspension'] : ['suspension', 'customer'])
  if (token && keys && list.record('suspension', !keys.suspended) && token.customer.kind === 'customer') {
    const known = await deps.customers.get(externalKey(keys.workspaceId, token.customer.id))
    list.record('customer', !known || whyBlocked(known, token.issuedAt) === undefined)
  }
  return {
    kind,
    valid: token !== undefined && list.allPassed(),
    issuer: keys ? { workspaceId: keys.workspaceId, workspaceKey: keys.workspaceKey } : null,
    matchedKey:
      keys && matchedKid !== undefined
        ? {
            kid: matchedKid,
            name: keys.own.find(({ record }) => record.kid === matchedKid)?.name ?? 'published in the key set'
          }
        : null,
    header,
    payload,
    subject: token?.customer.kind === 'customer' ? { id: token.customer.id, name: token.customer.name ?? null } : null,
    checks: [...checks, ...list.report()]
  }
}

function passesChecksum(list: Checklist, prefix: OpaquePrefix, text: string): boolean {
  return list.record('form', hasOpaqueShape(prefix, text)) && list.record('checksum', isOpaque(prefix, text))
}

/** Finds the API token of an OAuth client. The returned record expires with the access token, if that is sooner. */
async function clientToken(
  { findTokenDigest, tokens }: InspectDeps,
  { clientId, expiresAt }: AccessTokenClaims
): Promise<TokenRecord | undefined> {
  const digest = await findTokenDigest(clientId)
  const token = digest === undefined ? undefined : await tokens.get(digest)
  return token && { ...token, expiresAt: Math.min(token.expiresAt, expiresAt * 1000) }
}

/** The token if it belongs to the caller. Another owner's token looks like an unknown one. */
async function inspectTokenChecks(
  deps: InspectDeps,
  { account, ip }: Inspector,
  list: Checklist,
  token: TokenRecord | undefined
): Promise<TokenRecord | undefined> {
  if (!list.record('known', token?.accountId === account.id) || !token) return undefined
  const input = { token, account: await deps.accounts.get(token.accountId), ip, now: deps.clock.now() }
  for (const { check, passes } of TOKEN_CHECKS) {
    if (!list.record(check, passes(input))) break
  }
  return token
}

function outcomeOf(
  deps: InspectDeps,
  list: Checklist,
  token: TokenRecord | undefined
): Pick<TokenInspection, 'valid' | 'issuer' | 'subject'> {
  if (!token) return { valid: false, issuer: null, subject: null }
  const expiresAt = token.expiresAt === Infinity ? null : new Date(token.expiresAt).toISOString()
  return {
    valid: list.allPassed(),
    issuer: { url: deps.publicUrl },
    subject: { tokenId: token.id, name: token.name, accountId: token.accountId, expiresAt }
  }
}

function ownKey(header: Readonly<Record<string, unknown>> | null): TokenInspection['matchedKey'] {
  return typeof header?.kid === 'string' ? { kid: header.kid, name: 'signing key of this service' } : null
}

function guessKind(payload: Readonly<Record<string, unknown>> | null): 'admin' | 'customer' {
  return payload?.isAdmin ? 'admin' : 'customer'
}
