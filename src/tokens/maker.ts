import { Fault } from '../lib/fault.ts'
import type { Prisma, Token } from '../platform/db/client.ts'
import type { TokenRecord } from './token-cache.ts'
import { scopeColumns, type TokenScope } from './token.ts'

/**
 * The management token that manages an account's tokens in place of a person. It cannot grant more than it has, and
 * cannot make another management token.
 */
export interface Maker {
  /** Milliseconds since 1970, or Infinity. */
  expiresAt: number
  /** The workspaces of its scope; undefined = those of its account. */
  workspaces: ReadonlySet<string> | undefined
}

/** The bounds of a management token when it makes tokens. */
export function makerOf({ expiresAt, scope }: Pick<TokenRecord, 'expiresAt' | 'scope'>): Maker {
  return { expiresAt, workspaces: scope?.workspaces }
}

type Client = Pick<Prisma.TransactionClient, 'listener'>
export type Reach = Pick<Token, 'scoped' | 'workspaceIds' | 'listenerIds'>

/** Whether everything that a token reaches is within the scope of the management token. */
export async function isWithin(client: Client, maker: Maker | undefined, token: Reach): Promise<boolean> {
  if (!maker?.workspaces) return true
  const { workspaces } = maker
  if (!token.scoped || token.workspaceIds.some((id) => !workspaces.has(id))) return false
  if (token.listenerIds.length === 0) return true
  const covered = await client.listener.count({
    where: { id: { in: token.listenerIds }, workspaceId: { in: [...workspaces] } }
  })
  return covered === new Set(token.listenerIds).size
}

/** @throws Fault `not_found` for a token beyond the scope of the management token, as if it did not exist */
export async function requireWithin(client: Client, maker: Maker | undefined, token: Reach): Promise<void> {
  if (!(await isWithin(client, maker, token))) throw new Fault('not_found', { why: 'beyond_the_scope' })
}

/** @throws Fault `insufficient_scope` if a management token would make, change or renew another one */
export function refuseManagement(maker: Maker | undefined, permissions: readonly string[] | null | undefined): void {
  if (maker && permissions && permissions.length > 0)
    throw new Fault('insufficient_scope', {
      why: 'management_of_management',
      detail: 'Management tokens neither make nor change management tokens.'
    })
}

/**
 * The scope of a token that a management token makes: the requested one, or that of the management token.
 * @throws Fault `insufficient_scope` for a wider one
 */
export async function scopeWithin(
  client: Client,
  maker: Maker | undefined,
  scope: TokenScope | null | undefined
): Promise<TokenScope | null | undefined> {
  if (!maker?.workspaces) return scope
  const columns = scopeColumns(scope)
  if (!columns.scoped) return { workspaces: [...maker.workspaces] }
  if (await isWithin(client, maker, columns)) return scope
  throw new Fault('insufficient_scope', {
    why: 'wider_scope',
    detail: 'A management token gives no wider scope than its own.'
  })
}

/** The expiry of a token that a management token makes or prolongs: not later than that of the management token. */
export function endWithin(maker: Maker | undefined, expiresAt: Date | null): Date | null {
  if (!maker || maker.expiresAt === Infinity) return expiresAt
  return new Date(Math.min(expiresAt?.getTime() ?? Infinity, maker.expiresAt))
}
