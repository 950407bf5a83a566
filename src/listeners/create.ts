import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { isUniqueViolation, type Prisma } from '../platform/db/client.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import { Fault } from '../lib/fault.ts'
import { isId, newId } from '../lib/ids.ts'
import type { Membership } from '../workspaces/access.ts'
import { lockWorkspace, requireQuota, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import { validatePath } from './call-path.ts'
import { checkStream } from './check-stream.ts'
import { claimPath } from './claim-path.ts'
import {
  columnsOf,
  DEFAULT_SETTINGS,
  publicListener,
  WITH_SLUG,
  type ListenerSettings,
  type PublicListener
} from './listener.ts'
import { checkSignature } from './signatures/check.ts'

export interface ListenerDeps {
  changes: Changes
  clock: Clock
  audit: Audit
  keyring: Keyring
  /** Without a trailing slash. */
  publicUrl: string
}

/**
 * Creates a listener for a flow of the same workspace. Settings that are not given get their defaults.
 * @throws Fault `validation_failed` if the flow or a secret of the signature is not in the workspace or the path is not
 *   valid, `conflict` if the workspace has the maximum number of listeners or a listener with this key or path,
 *   `not_found` if the workspace was deleted
 * @example
 * const membership = requireRole(account, workspaceId, 'editor')
 * const { url } = await createListener(deps, membership, { name: 'Orders', flowId, methods: ['POST'] }, actor)
 */
export async function createListener(
  deps: ListenerDeps,
  membership: Membership<'editor'>,
  given: Partial<ListenerSettings> & Pick<ListenerSettings, 'name' | 'flowId'>,
  actor: Actor
): Promise<PublicListener> {
  const { workspaceId } = membership
  if (typeof given.path === 'string') validatePath(given.path)
  return deps.changes.transaction(async (tx, announce) => {
    await lockWorkspace(tx, workspaceId)
    requireQuota(
      await tx.listener.count({ where: { workspaceId } }),
      WORKSPACE_LIMITS.listeners,
      'listeners in a workspace'
    )
    const settings = { ...DEFAULT_SETTINGS, ...given }
    checkStream(settings)
    await requireFlow(tx, workspaceId, given.flowId)
    if (given.signature) await checkSignature(tx, deps, workspaceId, given.signature)
    const id = newId('lsn')
    const createdAt = new Date(deps.clock.now())
    const listener = await tx.listener
      .create({
        data: { id, workspaceId, ...columnsOf(settings), createdAt, updatedAt: createdAt },
        include: WITH_SLUG
      })
      .catch(refuseTakenKey)
    await claimPath(tx, announce, listener)
    announce('listener', id)
    if (listener.mcp) announce('tool', workspaceId)
    await deps.audit.record(tx, {
      action: 'listener.created',
      actor,
      target: id,
      workspaceId,
      details: { name: given.name, flowId: given.flowId }
    })
    return publicListener(listener, deps.publicUrl)
  })
}

/** Turns the unique violation of a taken key into a fault; rethrows every other error. @throws Fault `conflict` */
export function refuseTakenKey(error: unknown): never {
  if (isUniqueViolation(error))
    throw new Fault('conflict', { why: 'key_taken', detail: 'Another listener of the workspace has this key.' })
  throw error
}

/**
 * Ensures that the flow exists, and locks it against deletion until the transaction ends.
 * @throws Fault `validation_failed`
 */
export async function requireFlow(tx: Prisma.TransactionClient, workspaceId: string, flowId: string): Promise<void> {
  const found = isId('flw', flowId)
    ? await tx.$queryRaw<
        unknown[]
      >`select 1 from flow where id = ${flowId} and workspace_id = ${workspaceId} for key share`
    : []
  if (found.length === 0)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/flowId', message: 'is not a flow of this workspace' }]
    })
}
