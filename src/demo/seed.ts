import { createFlow, type FlowDeps } from '../flows/create.ts'
import type { AccountRecord } from '../accounts/account-cache.ts'
import type { Database } from '../platform/db/client.ts'
import { SYSTEM } from '../lib/actor.ts'
import { createListener, type ListenerDeps } from '../listeners/create.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { requireRole } from '../workspaces/access.ts'
import { createWorkspace, type WorkspaceDeps } from '../workspaces/create.ts'
import { priceLookup } from './flow.ts'

export interface DemoDeps extends FlowDeps, ListenerDeps, WorkspaceDeps {
  database: Database
  accounts: RecordCache<AccountRecord>
}

/** Creates a workspace of the account with the price-lookup flow and its listener. Returns the listener's id. */
export async function seedDemo(deps: DemoDeps, accountId: string, erp: string): Promise<string> {
  const { workspace } = await createWorkspace(deps, accountId, { name: 'Demo' }, SYSTEM)
  const owner = await deps.accounts.get(accountId)
  if (!owner) throw new Error('the account of the demo is gone')
  const membership = requireRole(owner, workspace.id, 'editor')
  const flow = await createFlow(deps, membership, { document: priceLookup(erp) }, { ...SYSTEM, id: accountId })
  const listener = await createListener(
    deps,
    membership,
    { name: 'Price lookup', flowId: flow.id, methods: ['GET'] },
    SYSTEM
  )
  return listener.id
}
