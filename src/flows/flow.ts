import type { FlowDocument } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import type { Flow, FlowVersion, Prisma } from '../platform/db/client.ts'

/** The largest version number that the column can store. */
export const VERSION_MAX = 2 ** 31 - 1

/** A flow without its document, as lists show it. `version` is the latest version. */
export interface FlowSummary {
  id: string
  workspaceId: string
  name: string
  version: number
  latestVersion: number
  /** The version that listeners run. */
  publishedVersion: number
  createdAt: string
  updatedAt: string
}

/** A flow with the document of one of its versions. */
export interface PublicFlow extends FlowSummary {
  document: unknown
}

/** One version of a flow. It never changes. */
export interface PublicVersion {
  version: number
  /** The name in the document of this version. */
  name: string
  published: boolean
  createdBy: string
  createdAt: string
}

export function flowSummary(flow: Flow): FlowSummary {
  return {
    id: flow.id,
    workspaceId: flow.workspaceId,
    name: flow.name,
    version: flow.latestVersion,
    latestVersion: flow.latestVersion,
    publishedVersion: flow.publishedVersion,
    createdAt: flow.createdAt.toISOString(),
    updatedAt: flow.updatedAt.toISOString()
  }
}

export function publicFlow(
  flow: Flow,
  { version, name, document }: Pick<FlowVersion, 'version' | 'name' | 'document'>
): PublicFlow {
  return { ...flowSummary(flow), version, name, document }
}

/**
 * Requires that no other flow of the workspace has this namespace and name, by which `run: workflow` refers to flows.
 * The latest version of each flow counts. The caller must hold the lock of the workspace.
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
      detail: `The workspace already has a flow "${name}" in the namespace "${namespace}".`,
      errors: [{ pointer: '/document/name', message: 'is taken in this namespace' }]
    })
  }
}
