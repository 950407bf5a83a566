import { createAccountCache } from '../accounts/account-cache.ts'
import { createActionCache, createActionOrigins } from '../actions/action-cache.ts'
import { createRevocations } from '../actions/integration-token.ts'
import { createCustomerCache } from '../customers/customer-cache.ts'
import type { Expressions } from '../dsl/expressions/expressions.ts'
import { createFlowCache } from '../flows/published-flows.ts'
import type { Keyring } from '../lib/keyring.ts'
import { createCallRouters } from '../listeners/call-routers.ts'
import { createListenerCache } from '../listeners/listener-cache.ts'
import { createToolCache } from '../listeners/tool-cache.ts'
import type { CacheDeps } from '../platform/db/record-cache.ts'
import { createSecretCache } from '../secrets/secret-cache.ts'
import { createTokenCache } from '../tokens/token-cache.ts'
import { createWorkspaceOrigins } from '../workspaces/origins.ts'
import { createVerificationKeyCache } from '../workspaces/verification-keys.ts'

export type Caches = ReturnType<typeof createCaches>

/**
 * Creates the caches of the records that decide about a call and run it. A record is dropped when a change of it is
 * announced.
 */
export function createCaches(deps: CacheDeps & { keyring: Keyring; expressions: Expressions }) {
  return {
    accounts: createAccountCache(deps),
    tokens: createTokenCache(deps),
    listeners: createListenerCache(deps),
    callRouters: createCallRouters(deps),
    tools: createToolCache(deps),
    flows: createFlowCache(deps),
    secrets: createSecretCache(deps),
    customers: createCustomerCache(deps),
    workspaceKeys: createVerificationKeyCache(deps),
    actions: createActionCache(deps),
    actionOrigins: createActionOrigins(deps),
    revocations: createRevocations(deps),
    workspaceOrigins: createWorkspaceOrigins(deps)
  }
}
