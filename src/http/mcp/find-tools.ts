import { authorize } from '../../auth/authorize.ts'
import type { Carrier, Principal } from '../../auth/principal.ts'
import { findListener } from '../../gateway/admit.ts'
import { Fault } from '../../lib/fault.ts'
import type { ListenerRecord } from '../../listeners/listener-cache.ts'
import type { ToolListener } from '../../listeners/tool-cache.ts'
import type { RecordCache } from '../../platform/db/record-cache.ts'
import { nameTools } from './tool-names.ts'

export interface FindToolDeps {
  listeners: RecordCache<ListenerRecord>
  tools: RecordCache<readonly ToolListener[]>
}

/** The caller, as for a listener call. */
export interface Caller {
  principal: Principal
  carrier: Carrier
  ip: string
}

/**
 * Finds the tools of a caller, as listeners by tool name: listeners with `mcp` that accept POST, are enabled, and that
 * the caller may call. The names of tools reveal nothing about other listeners.
 * @throws (rejects with) Fault `unavailable`
 */
export async function findTools(deps: FindToolDeps, caller: Caller): Promise<Map<string, ToolListener>> {
  const permitted: ToolListener[] = []
  for (const workspaceId of workspacesOf(caller.principal))
    for (const tool of (await deps.tools.get(workspaceId)) ?? [])
      if (mayCall(await findListener(deps.listeners, tool.id), caller)) permitted.push(tool)
  return nameTools(permitted)
}

function mayCall(listener: ListenerRecord | undefined, { principal, carrier, ip }: Caller): boolean {
  if (!listener?.enabled || (listener.methods && !listener.methods.has('POST'))) return false
  try {
    authorize(principal, listener, carrier, ip)
    return true
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

function workspacesOf(principal: Principal): string[] {
  if (principal.kind === 'anonymous') return []
  if (principal.kind === 'action') return [principal.action.workspaceId]
  return 'account' in principal ? [...principal.account.memberships.keys()].sort() : [principal.workspaceId]
}
