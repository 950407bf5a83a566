import type { FlowDocument } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import { type Flow, type FlowVersion, jsonInput, Prisma } from '../platform/db/client.ts'
import { type Author, readAuthors } from './author.ts'
import type { DocumentSource } from './check-document.ts'

/** The largest version number that the column can store. */
export const VERSION_MAX = 2 ** 31 - 1

/** A flow without its document, as lists show it. `version` is the latest version. */
export interface FlowSummary {
  id: string
  workspaceId: string
  /** The namespace of the document. */
  namespace: string | null
  name: string
  version: number
  latestVersion: number
  /** The version that listeners run. */
  publishedVersion: number
  /** Null if it was not recorded. */
  publishedBy: Author | null
  createdAt: string
  updatedAt: string
}

/** A flow with the document of one of its versions. */
export interface PublicFlow extends FlowSummary {
  document: unknown
  /** The text as it was sent, or the document as JSON if no text was sent. */
  source: DocumentSource
}

/** One version of a flow. It never changes. */
export interface PublicVersion {
  version: number
  /** The name in the document of this version. */
  name: string
  published: boolean
  createdBy: Author
  /** Its author's note. */
  note: string | null
  createdAt: string
}

type Client = Pick<Prisma.TransactionClient, 'account' | 'token' | '$queryRaw'>

/** Describes flows by their rows and their latest versions. */
export async function flowSummaries(client: Client, flows: readonly Flow[]): Promise<FlowSummary[]> {
  const [author, namespaces] = await Promise.all([
    readAuthors(
      client,
      flows.map(({ publishedBy }) => publishedBy)
    ),
    namespacesOf(client, flows)
  ])
  return flows.map((flow) => summaryOf(flow, namespaces.get(flow.id) ?? null, author(flow.publishedBy)))
}

/** A flow with one of its versions, as the API shows it. */
export async function publicFlow(
  client: Client,
  flow: Flow,
  version: Pick<FlowVersion, 'version' | 'name' | 'document'> & Partial<Pick<FlowVersion, 'source' | 'sourceType'>>
): Promise<PublicFlow> {
  const { name, document } = version
  const author = await readAuthors(client, [flow.publishedBy])
  const { namespace } = (document as unknown as FlowDocument).document
  return {
    ...summaryOf(flow, namespace, author(flow.publishedBy)),
    version: version.version,
    name,
    document,
    source: sourceOf(version)
  }
}

/** The columns that hold the text of a version. */
export function sourceColumns(source: DocumentSource | undefined): Pick<FlowVersion, 'source' | 'sourceType'> {
  return { source: source?.text ?? null, sourceType: source?.type ?? null }
}

function sourceOf({ source, sourceType, document }: { document: unknown } & Partial<FlowVersion>): DocumentSource {
  if (typeof source !== 'string') return { type: 'application/json', text: JSON.stringify(document, null, 2) }
  return { type: sourceType === 'application/yaml' ? 'application/yaml' : 'application/json', text: source }
}

function summaryOf(flow: Flow, namespace: string | null, publishedBy: Author | null): FlowSummary {
  return {
    id: flow.id,
    workspaceId: flow.workspaceId,
    namespace,
    name: flow.name,
    version: flow.latestVersion,
    latestVersion: flow.latestVersion,
    publishedVersion: flow.publishedVersion,
    publishedBy,
    createdAt: flow.createdAt.toISOString(),
    updatedAt: flow.updatedAt.toISOString()
  }
}

async function namespacesOf(client: Client, flows: readonly Flow[]): Promise<Map<string, string>> {
  if (flows.length === 0) return new Map()
  const rows = await client.$queryRaw<{ id: string; namespace: string }[]>`
    select f.id, v.namespace
      from flow f join flow_version v on v.flow_id = f.id and v.version = f.latest_version
     where f.id in (${Prisma.join(flows.map(({ id }) => id))})`
  return new Map(rows.map(({ id, namespace }) => [id, namespace]))
}

/** The columns of a version by which flows and schedules are found. */
export function lookupColumns({ document, schedule }: FlowDocument) {
  return {
    namespace: document.namespace,
    documentVersion: document.version,
    timeZone: document.metadata?.timeZone ?? null,
    ...(schedule === undefined ? {} : { schedule: jsonInput(schedule) })
  }
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
  const taken = await tx.flowVersion.findFirst({
    where: { namespace, OR: namesakes.map(({ id, latestVersion }) => ({ flowId: id, version: latestVersion })) },
    select: { flowId: true }
  })
  if (taken) {
    throw new Fault('conflict', {
      why: 'flow_identity_taken',
      detail: `The workspace already has a flow "${name}" in the namespace "${namespace}".`,
      errors: [{ pointer: '/document/name', message: 'is taken in this namespace' }]
    })
  }
}
