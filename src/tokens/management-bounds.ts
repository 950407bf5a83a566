import { Fault } from '../lib/fault.ts'
import type { Prisma, Token } from '../platform/db/client.ts'
import type { TokenRecord } from './token-cache.ts'
import { scopeColumns, type TokenScope } from './token.ts'

/**
 * What a management token may pass on when it manages an account's tokens in place of a person: no later expiry and no
 * wider scope than its own. It cannot make another management token.
 */
export interface ManagementBounds {
  /** Milliseconds since 1970, or Infinity. */
  expiresAt: number
  /** The workspaces of its scope; undefined = those of its account. */
  workspaces: ReadonlySet<string> | undefined
}

/** The bounds of this management token. */
export function boundsOf({ expiresAt, scope }: Pick<TokenRecord, 'expiresAt' | 'scope'>): ManagementBounds {
  return { expiresAt, workspaces: scope?.workspaces }
}

type Client = Pick<Prisma.TransactionClient, 'listener'>
export type Reach = Pick<Token, 'scoped' | 'workspaceIds' | 'listenerIds'>

/** Whether everything that a token reaches is within the scope of the management token. */
export async function isWithin(client: Client, bounds: ManagementBounds | undefined, token: Reach): Promise<boolean> {
  if (!bounds?.workspaces) return true
  const { workspaces } = bounds
  if (!token.scoped || token.workspaceIds.some((id) => !workspaces.has(id))) return false
  if (token.listenerIds.length === 0) return true
  const covered = await client.listener.count({
    where: { id: { in: token.listenerIds }, workspaceId: { in: [...workspaces] } }
  })
  return covered === new Set(token.listenerIds).size
}

/** @throws Fault `not_found` for a token beyond the scope of the management token, as if it did not exist */
export async function requireWithin(client: Client, bounds: ManagementBounds | undefined, token: Reach): Promise<void> {
  if (!(await isWithin(client, bounds, token))) throw new Fault('not_found', { why: 'beyond_the_scope' })
}

/** @throws Fault `insufficient_scope` if a management token would make, change or renew another one */
export function refuseManagement(
  bounds: ManagementBounds | undefined,
  permissions: readonly string[] | null | undefined
): void {
  if (bounds && permissions && permissions.length > 0)
    throw new Fault('insufficient_scope', {
      why: 'management_of_management',
      detail: 'Management tokens cannot create or change management tokens.'
    })
}

/**
 * The scope of a token that a management token makes: the requested one, or that of the management token.
 * @throws Fault `insufficient_scope` for a wider one
 */
export async function scopeWithin(
  client: Client,
  bounds: ManagementBounds | undefined,
  scope: TokenScope | null | undefined
): Promise<TokenScope | null | undefined> {
  if (!bounds?.workspaces) return scope
  const columns = scopeColumns(scope)
  if (!columns.scoped) return { workspaces: [...bounds.workspaces] }
  if (await isWithin(client, bounds, columns)) return scope
  throw new Fault('insufficient_scope', {
    why: 'wider_scope',
    detail: 'A management token cannot grant a wider scope than its own.'
  })
}

/** The expiry of a token that a management token makes or prolongs: not later than that of the management token. */
export function endWithin(bounds: ManagementBounds | undefined, expiresAt: Date | null): Date | null {
  if (!bounds || bounds.expiresAt === Infinity) return expiresAt
  return new Date(Math.min(expiresAt?.getTime() ?? Infinity, bounds.expiresAt))
}
