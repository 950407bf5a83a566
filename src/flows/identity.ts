import type { Prisma } from '../platform/db/client.ts'
import type { FlowDocument } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'

/**
 * `run: workflow` refers to flows of the workspace by namespace and name, so no two may share them. The latest versions count.
 * The workspace is locked by the caller of this.
 * @throws Fault `conflict`
 */
export async function refuseTakenIdentity(
  tx: Prisma.TransactionClient,
  workspaceId: string,
  { namespace, name }: FlowDocument['document'],
  exceptId?: string
): Promise<void> {
  const namesakes = await tx.flow.findMany({
    where: { workspaceId, name, ...(exceptId === undefined ? {} : { id: { not: exceptId } }) },
    select: { id: true, latestVersion: true }
  })
  const latest = await tx.flowVersion.findMany({
    where: { OR: namesakes.map(({ id, latestVersion }) => ({ flowId: id, version: latestVersion })) },
    select: { document: true }
  })
  if (latest.some(({ document }) => (document as unknown as FlowDocument).document.namespace === namespace)) {
    throw new Fault('conflict', {
      why: 'flow_identity_taken',
      detail: `The workspace has a flow "${name}" in the namespace "${namespace}" already.`,
      errors: [{ pointer: '/document/name', message: 'is taken in this namespace' }]
    })
  }
}
