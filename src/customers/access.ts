import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import { requireRole } from '../workspaces/access.ts'

/** Who looks after a workspace's customers: a member, or the customers' own back end by an admin token of that workspace. */
export type CustomerManager = { account: AccountRecord } | { workspaceId: string }

/** @throws Fault `not_found` for another workspace, as for none; `insufficient_scope` for a role that is too low */
export function requireCustomerAccess(manager: CustomerManager, workspaceId: string, atLeast: MemberRole): void {
  if ('account' in manager) requireRole(manager.account, workspaceId, atLeast)
  else if (manager.workspaceId !== workspaceId) throw new Fault('not_found', { why: 'another_workspace' })
}
