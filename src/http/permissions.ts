import type { FastifyInstance } from 'fastify'
import type { Permission } from '../tokens/permissions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The permission that a management token needs for this call. Absent: no management token may call it. `none`:
     * every management token may.
     */
    permission?: Permission | 'none'
  }
}

/** The calls of each permission, by their operation id: the only list of what management tokens can do. */
const OPERATIONS: Readonly<Record<Permission, readonly string[]>> = {
  'tokens:read': ['listTokens', 'getToken', 'listTokenDenials'],
  'tokens:write': ['createToken', 'updateToken', 'rotateToken', 'revokeToken', 'revokeTokenByText', 'createUrlToken'],
  'tokens:introspect': ['introspectToken'],
  'flows:read': [
    'listFlows',
    'getFlow',
    'listFlowVersions',
    'getFlowDiagram',
    'validateFlow',
    'listSchedules',
    'getSchedule'
  ],
  'flows:write': [
    'createFlow',
    'updateFlow',
    'publishFlow',
    'updateSchedule',
    'simulateDocument',
    'simulateDraft',
    'simulateFlow',
    'deleteFlow'
  ],
  'listeners:read': ['listListeners', 'getListener', 'getListenerOpenApi'],
  'listeners:write': ['createListener', 'updateListener', 'deleteListener'],
  'runs:read': [
    'listRuns',
    'getRun',
    'streamRunEvents',
    'listRequests',
    'explainRequest',
    'followWorkspace',
    'listDeadLetters'
  ],
  'runs:control': ['cancelRun', 'replayRun', 'replayRuns'],
  'secrets:write': ['listSecrets', 'setSecret', 'deleteSecret'],
  'customers:read': ['listCustomers', 'getCustomer'],
  'customers:write': ['updateCustomer', 'deleteCustomer', 'deleteCustomerCredentials'],
  'events:read': ['listEvents', 'getEventSink', 'listSinks', 'getSink'],
  'events:write': ['sendEvents', 'redeliverEvent'],
  'usage:read': ['getTokenUsage', 'getListenerUsage', 'getWorkspaceUsage']
}

/** Every credential may ask about itself. */
const FREE = ['getSelf']

export const PERMISSION_OF: ReadonlyMap<string, Permission | 'none'> = new Map([
  ...FREE.map((operation) => [operation, 'none'] as const),
  ...Object.entries(OPERATIONS).flatMap(([permission, operations]) =>
    operations.map((operation) => [operation, permission as Permission] as const)
  )
])

/** Gives every route that is registered after this its permission. */
export function assignPermissions(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { operationId } = (route.schema ?? {}) as { operationId?: string }
    const permission = operationId === undefined ? undefined : PERMISSION_OF.get(operationId)
    if (permission !== undefined) route.config = { ...route.config, permission }
  })
}
