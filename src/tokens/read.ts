import { type Clock, DAY_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Database, Prisma, Token } from '../platform/db/client.ts'
import { type CountedPage, countedPage, literalLike, type PageRequest } from '../platform/db/page.ts'
import type { ManagementBounds } from './management-bounds.ts'
import { publicToken, type PublicToken, type TokenState } from './token.ts'

/** @throws Fault `not_found` if the token does not exist or belongs to another account */
export async function readToken(
  client: Pick<Prisma.TransactionClient, 'token'>,
  accountId: string,
  tokenId: string
): Promise<Token> {
  return readVisibleToken(client, { id: accountId, role: 'user' }, tokenId)
}

/** Who reads about a token: its owner, or an admin. */
export interface TokenReader {
  id: string
  role: 'user' | 'admin'
}

/** @throws Fault `not_found` if the token does not exist, or belongs to another account and the reader is no admin */
export async function readVisibleToken(
  client: Pick<Prisma.TransactionClient, 'token'>,
  reader: TokenReader,
  tokenId: string
): Promise<Token> {
  const token = isId('tok', tokenId)
    ? await client.token.findFirst({
        where: { id: tokenId, ...(reader.role === 'admin' ? {} : { accountId: reader.id }) }
      })
    : null
  if (!token) throw new Fault('not_found')
  return token
}

export interface TokenFilter extends PageRequest {
  /** Absent = all. */
  states?: readonly TokenState[] | undefined
  /** A substring of the name, or a prefix of the token. */
  q?: string | undefined
  /** Only tokens that expire within this many days. */
  expiringDays?: number | undefined
  /** The bounds of the asking management token, which sees only the tokens within its scope. */
  bounds?: ManagementBounds | undefined
}

/** The account's own tokens, newest first. */
export async function listTokens(
  deps: { database: Database; clock: Clock },
  accountId: string,
  filter: TokenFilter
): Promise<CountedPage<PublicToken>> {
  const now = new Date(deps.clock.now())
  const fitting: Prisma.TokenWhereInput = {
    accountId,
    AND: [
      filter.states ? { OR: filter.states.map((state) => inState(state, now)) } : {},
      filter.expiringDays === undefined ? {} : expiringWithin(filter.expiringDays, now),
      filter.q ? matching(filter.q) : {},
      filter.bounds?.workspaces
        ? { id: { in: await idsWithin(deps.database, accountId, filter.bounds.workspaces) } }
        : {}
    ]
  }
  return countedPage(deps.database.prisma.token, fitting, filter, publicToken)
}

const WITHIN = `
  select id from token
   where account_id = $1 and scoped and workspace_ids <@ $2::text[]
     and listener_ids <@ array(select id from listener where workspace_id = any($2::text[]))
   order by created_at desc limit $3`

/** More live tokens than an account can have. */
const WITHIN_MAX = 20_000

/** Finds the tokens that reach nothing beyond these workspaces, by the rule of `isWithin` in management-bounds.ts. */
async function idsWithin({ pool }: Database, accountId: string, workspaces: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(WITHIN, [accountId, [...workspaces], WITHIN_MAX])
  return rows.map(({ id }) => id)
}

/** Matches tokens that are live and expire within this many days. */
export function expiringWithin(days: number, now: Date): Prisma.TokenWhereInput {
  return { revokedAt: null, expiresAt: { gt: now, lte: new Date(now.getTime() + days * DAY_MS) } }
}

/** Matches a substring of the name, a prefix of the token, or the `jti` of a JWT. */
export function matching(q: string): Prisma.TokenWhereInput {
  const literal = literalLike(q)
  return {
    OR: [
      { name: { contains: literal, mode: 'insensitive' } },
      { start: { startsWith: literal } },
      { format: 'jwt', id: q }
    ]
  }
}

/** Matches tokens of one state. A revoked token is `revoked` even after it has expired. */
export function inState(state: TokenState, now: Date): Prisma.TokenWhereInput {
  if (state === 'revoked') return { revokedAt: { not: null } }
  if (state === 'expired') return { revokedAt: null, expiresAt: { lte: now } }
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
}
