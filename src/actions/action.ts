import type { Action } from '../platform/db/client.ts'

/** What a third-party service acts for, as the members of its workspace see it. */
export interface PublicAction {
  actionPackageId: string
  workspaceId: string
  name: string
  /** Where the service's pages come from. */
  origins: string[]
  /** What its users' tokens may call. */
  listeners: string[]
  createdAt: string
  updatedAt: string
}

export function publicAction(action: Action): PublicAction {
  return {
    actionPackageId: action.id,
    workspaceId: action.workspaceId,
    name: action.name,
    origins: action.origins,
    listeners: action.listenerIds,
    createdAt: action.createdAt.toISOString(),
    updatedAt: action.updatedAt.toISOString()
  }
}
