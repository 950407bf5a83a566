import type { AuthenticatorChain } from '../../auth/authenticate.ts'
import { createEventStreams } from '../event-streams.ts'
import { createGuards, type GuardDeps } from '../guards.ts'
import { type McpRouteDeps, mcpRoutes } from '../mcp/routes.ts'
import { type MembraneDeps, membraneRoutes } from '../membrane/routes.ts'
import { assignPermissions } from '../permissions.ts'
import { prepareManagement } from '../prepare-management.ts'
import type { App } from '../server.ts'
import { accountRoutes } from './accounts.ts'
import { actionRoutes } from './actions.ts'
import { adminAccountRoutes } from './admin-accounts.ts'
import { adminRoutes } from './admin.ts'
import { adminWorkspaceRoutes } from './admin-workspaces.ts'
import { auditRoutes } from './audit.ts'
import { type ConsoleDeps, consoleRoutes } from './console.ts'
import { customerRoutes } from './customers.ts'
import { eventSinkRoutes } from './event-sinks.ts'
import { eventRoutes } from './events.ts'
import { feedRoutes } from './feed.ts'
import { flowRoutes } from './flows.ts'
import { healthRoutes } from './health.ts'
import { inboxRoutes } from './inbox.ts'
import { inspectRoutes } from './inspect.ts'
import { integrationTokenRoutes } from './integration-tokens.ts'
import { keyringRoutes } from './keyring.ts'
import { invitationRoutes } from './invitations.ts'
import { linkRoutes } from './links.ts'
import { listenerCallRoutes } from './listener-call.ts'
import { listenerRoutes } from './listeners.ts'
import { listenerTryRoutes } from './listener-try.ts'
import { memberRoutes } from './members.ts'
import { oauthRoutes } from './oauth.ts'
import { policyRoutes } from './policy.ts'
import { requestRoutes } from './requests.ts'
import { runOperationRoutes } from './run-operations.ts'
import { runRoutes } from './runs.ts'
import { scheduleRoutes } from './schedules.ts'
import { secretRoutes } from './secrets.ts'
import { selfRoutes } from './self.ts'
import { sessionRoutes } from './sessions.ts'
import { staticRoutes } from './static.ts'
import { tokenLifecycleRoutes } from './token-lifecycle.ts'
import { tokenOAuthRoutes } from './token-oauth.ts'
import { tokenRoutes } from './tokens.ts'
import { totpRoutes } from './totp.ts'
import { usageRoutes } from './usage.ts'
import { workspaceKeyRoutes } from './workspace-keys.ts'
import { workspaceRoutes } from './workspaces.ts'

/** The groups of the management API, in the order in which the OpenAPI document lists them. */
const MANAGEMENT = [
  accountRoutes,
  sessionRoutes,
  totpRoutes,
  linkRoutes,
  tokenRoutes,
  inspectRoutes,
  tokenLifecycleRoutes,
  tokenOAuthRoutes,
  oauthRoutes,
  workspaceRoutes,
  memberRoutes,
  invitationRoutes,
  workspaceKeyRoutes,
  customerRoutes,
  selfRoutes,
  actionRoutes,
  integrationTokenRoutes,
  secretRoutes,
  flowRoutes,
  eventRoutes,
  eventSinkRoutes,
  inboxRoutes,
  listenerRoutes,
  listenerTryRoutes,
  runRoutes,
  runOperationRoutes,
  requestRoutes,
  feedRoutes,
  usageRoutes,
  scheduleRoutes,
  adminAccountRoutes,
  adminRoutes,
  adminWorkspaceRoutes,
  policyRoutes,
  auditRoutes,
  keyringRoutes
] as const

type Groups = (typeof MANAGEMENT)[number] | typeof healthRoutes | typeof listenerCallRoutes
type DepsOf<Group> = Group extends (app: never, deps: infer Deps, guards: never) => unknown
  ? (deps: Deps) => void
  : never
/** The dependencies of all groups together. */
type GroupDeps = DepsOf<Groups> extends (deps: infer All) => void ? All : never

export type RouteDeps = Omit<GroupDeps, 'streams'> &
  GuardDeps &
  ConsoleDeps &
  McpRouteDeps &
  MembraneDeps & {
    role: 'gateway' | 'worker' | 'all'
    /** The authenticators of listener calls, which accept more kinds of credentials than the management routes. */
    listenerAuthenticators: AuthenticatorChain
    /** How long streams of listeners may go on after the server starts to close. */
    streamGraceMs?: number
  }

/** Registers every route that the role answers. A worker answers only health, readiness and metrics. */
export async function registerRoutes(app: App, deps: RouteDeps): Promise<void> {
  // Shared by all routes, so that the streams of a principal are counted together.
  const streams = createEventStreams(app, { graceMs: deps.streamGraceMs })
  if (deps.role !== 'worker') listenerCallRoutes(app, { ...deps, streams, authenticators: deps.listenerAuthenticators })
  await app.register(async (scope) => {
    await prepareManagement(scope)
    assignPermissions(scope)
    const guards = createGuards(scope, deps)
    healthRoutes(scope, deps, guards)
    if (deps.role === 'worker') return
    await staticRoutes(scope)
    await consoleRoutes(scope, deps)
    for (const register of MANAGEMENT) register(scope, { ...deps, streams }, guards)
    mcpRoutes(scope, deps)
    membraneRoutes(scope, deps, guards)
  })
  await app.ready()
}
