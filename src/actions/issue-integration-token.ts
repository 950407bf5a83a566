import type { Audit } from '../audit.ts'
import type { Database } from '../platform/db/client.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Secret } from '../lib/secret.ts'
import { requireRunning } from '../workspaces/access.ts'
import type { IntegrationTokens } from './integration-token.ts'
import type { ActionRecord } from './action-cache.ts'
import { subjectOf, type ActionUser } from './user.ts'

export interface IssueIntegrationDeps {
  database: Database
  audit: Audit
  actions: RecordCache<ActionRecord>
  integrationTokens: IntegrationTokens
}

/**
 * Issues a token for this user inside this action. It lives for `INTEGRATION_TOKEN_SECONDS`.
 * @throws Fault `not_found` if the action does not exist or the user does not belong to its workspace;
 *   `workspace_suspended`
 * @example
 * const { token, expiresAt } = await issueIntegrationToken(deps, actionId, { kind: 'account', account }, actor)
 */
export async function issueIntegrationToken(
  deps: IssueIntegrationDeps,
  actionId: string,
  user: ActionUser,
  actor: Actor
): Promise<{ token: Secret; expiresAt: Date }> {
  const action = isId('act', actionId) ? await deps.actions.get(actionId) : undefined
  if (!action || !belongs(user, action.workspaceId))
    throw new Fault('not_found', { why: action ? 'action_of_another_workspace' : 'no_such_action' })
  if (user.kind === 'account') requireRunning(user.account, action.workspaceId)
  const issued = await deps.integrationTokens.sign(action, user)
  await deps.audit.record(deps.database.prisma, {
    action: 'integration_token.created',
    actor,
    target: action.id,
    workspaceId: action.workspaceId,
    details: { user: subjectOf(user), expiresAt: issued.expiresAt.toISOString() }
  })
  return issued
}

function belongs(user: ActionUser, workspaceId: string): boolean {
  return user.kind === 'account' ? user.account.memberships.has(workspaceId) : user.customer.workspaceId === workspaceId
}
