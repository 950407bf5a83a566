import type { Flow, FlowVersion } from '../platform/db/client.ts'

/** The largest number that the column holds. */
export const VERSION_MAX = 2 ** 31 - 1

/** A flow without its document, as lists show it. `version` is the latest one. */
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
  /** The name that the document of this version has. */
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
