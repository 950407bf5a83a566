import { DAY_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Prisma } from '../platform/db/client.ts'
import { type Policy, readInstallationPolicy } from '../workspaces/policy.ts'
import type { scopeColumns } from './token.ts'

/**
 * What a token reaches. This decides which policies bind it: the installation's, and those of the workspaces that it
 * reaches.
 */
export type Reach = ReturnType<typeof scopeColumns> & { accountId: string }

/** The life of a token: when it was created, in milliseconds, and when it ends (null = never). */
export interface Life {
  createdAt: number
  expiresAt: Date | null
}

/**
 * Checks the life of a token against every policy that binds it, so that the strictest holds. A token without a scope
 * is bound by the policies of all workspaces of its account.
 * @param pointer the member of the body that the fault names
 * @throws Fault `validation_failed`
 */
export async function requirePolicy(
  tx: Pick<Prisma.TransactionClient, 'installationPolicy' | 'workspace'>,
  { scoped, workspaceIds, listenerIds, accountId }: Reach,
  life: Life,
  pointer: string
): Promise<void> {
  const workspaces = await tx.workspace.findMany({
    where: scoped
      ? { OR: [{ id: { in: workspaceIds } }, { listeners: { some: { id: { in: listenerIds } } } }] }
      : { members: { some: { accountId } } },
    select: { policy: true }
  })
  const policies = [await readInstallationPolicy(tx), ...workspaces.map(({ policy }) => policy as Policy)]
  const messages = policies.flatMap((policy) => excessOf(policy, life) ?? [])
  const message = life.expiresAt ? strictest(messages) : messages[0]
  if (message !== undefined)
    throw new Fault('validation_failed', { why: 'beyond_the_policy', errors: [{ pointer, message: message.text }] })
}

interface Excess {
  maxDays: number
  text: string
}

function excessOf({ maxDays, allowUnlimited }: Policy, { createdAt, expiresAt }: Life): Excess | undefined {
  if (!expiresAt)
    return (allowUnlimited ?? maxDays === undefined)
      ? undefined
      : { maxDays: 0, text: 'must be set: a policy forbids tokens that never expire' }
  if (maxDays === undefined || expiresAt.getTime() - createdAt <= maxDays * DAY_MS) return undefined
  return { maxDays, text: `exceeds a policy: a token may live for at most ${maxDays} days` }
}

function strictest(found: readonly Excess[]): Excess | undefined {
  return found.toSorted((a, b) => a.maxDays - b.maxDays)[0]
}
