import type { AccountRecord, MemberRole } from '../accounts/lookup.ts'
import type { Database, Flow, FlowVersion, Prisma } from '../db/client.ts'
import type { FlowDocument } from '../flows/index.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { requireRole } from '../workspaces/access.ts'
import type { CheckedDocument } from './check.ts'
import { pinnedFromJson } from './compile-version.ts'
import { publicFlow, type PublicFlow } from './definition.ts'

/** @throws Fault `not_found` for a flow of a workspace that the account is not in, as for none; `insufficient_scope` */
export async function findFlow(client: Pick<Prisma.TransactionClient, 'flow'>, account: AccountRecord, flowId: string, atLeast: MemberRole): Promise<Flow> {
  const flow = isId('flw', flowId) ? await client.flow.findUnique({ where: { id: flowId } }) : null
  if (!flow) throw new Fault('not_found', { why: 'no_such_flow' })
  requireRole(account, flow.workspaceId, atLeast)
  return flow
}

/** As {@link findFlow}, and nobody else changes the flow until the commit. */
export async function lockFlow(tx: Prisma.TransactionClient, account: AccountRecord, flowId: string, atLeast: MemberRole): Promise<Flow> {
  await findFlow(tx, account, flowId, atLeast)
  await tx.$queryRaw`select 1 from flow where id = ${flowId} for update`
  return findFlow(tx, account, flowId, atLeast)
}

/** Without what it calls, which may be large. @throws Fault `not_found` */
export async function findVersion(client: Pick<Prisma.TransactionClient, 'flowVersion'>, flowId: string, version: number): Promise<Omit<FlowVersion, 'openapi'>> {
  const found = await client.flowVersion.findUnique({ where: { flowId_version: { flowId, version } }, omit: { openapi: true } })
  if (!found) throw new Fault('not_found', { why: 'no_such_version' })
  return found
}

/** A version with all that it needs to run. @throws Fault `not_found` */
export async function findCheckedVersion(client: Pick<Prisma.TransactionClient, 'flowVersion'>, flowId: string, version: number): Promise<CheckedDocument> {
  const found = await client.flowVersion.findUnique({ where: { flowId_version: { flowId, version } }, select: { document: true, openapi: true } })
  if (!found) throw new Fault('not_found', { why: 'no_such_version' })
  return { document: found.document as unknown as FlowDocument, openapi: pinnedFromJson(found.openapi) }
}

/** A flow with the document of this version, or of the latest. @throws Fault `not_found` */
export async function readFlow({ database }: { database: Database }, account: AccountRecord, flowId: string, version?: number): Promise<PublicFlow> {
  const flow = await findFlow(database.prisma, account, flowId, 'viewer')
  return publicFlow(flow, await findVersion(database.prisma, flowId, version ?? flow.latestVersion))
}
