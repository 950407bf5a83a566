import t from 'tap'
import type { Call, Person } from './fixtures/client.ts'
import { type DescribedRoute, describedRoutes, fillPath } from './fixtures/described-routes.ts'
import { startSluice } from './fixtures/sluice.ts'
import { BODIES, kindsOf, makeWorld, type World } from './fixtures/world.ts'

// Who may make which call. The routes come from the OpenAPI document: one without a row fails.

const MEMBERS = ['viewer', 'editor', 'owner'] as const
const ROLES = [
  'nobody',
  /** An account that is a member of another workspace only. */
  'outsider',
  'token',
  'customer',
  'integration',
  ...MEMBERS,
  /** The back end of a workspace's customers, by an admin token. */
  'signer',
  /** An account with the role admin, that is no member. */
  'admin'
] as const
type Role = (typeof ROLES)[number]

const everybody: readonly Role[] = ROLES
const people: readonly Role[] = ['outsider', ...MEMBERS, 'admin']
const viewers: readonly Role[] = MEMBERS
const editors: readonly Role[] = ['editor', 'owner']
const owners: readonly Role[] = ['owner']
const admins: readonly Role[] = ['admin']
/** Whose token or session it is; in each world that is its owner. */
const holder = owners
const callers: readonly Role[] = ['token', 'customer', 'integration']
/** Its credential has a header of its own: test/actions has its tests. */
const nobodyByBearer: readonly Role[] = []

const W = '/v1/workspaces/{workspaceId}'
const ROWS: Record<string, readonly Role[]> = {
  'GET /': everybody,
  'GET /healthz': everybody,
  'GET /readyz': everybody,
  // Only where this machine alone can call, as here; elsewhere admins.
  'GET /metrics': everybody,
  'GET /openapi.json': everybody,
  'GET /.well-known/jwks.json': everybody,
  'GET /.well-known/oauth-authorization-server': everybody,
  'GET /.well-known/oauth-protected-resource': everybody,
  // Its client is in the request.
  'POST /oauth/token': everybody,
  'GET /.well-known/oauth-protected-resource/v1/mcp': everybody,
  'GET /v1/about': everybody,
  'GET /sdk/sluice.js': everybody,
  'GET /sdk/kasclient.js': everybody,
  'GET /sdk/sluice.d.ts': everybody,
  'GET /v1/flows/schema': everybody,
  'POST /v1/accounts': everybody,
  'POST /v1/sessions': everybody,
  'POST /v1/sessions/once': everybody,
  'POST /v1/password-resets': everybody,
  'GET /v1/links/{code}': everybody,
  'POST /v1/links/{code}': everybody,
  'POST /v1/tokens/report-leak': everybody,

  'GET /v1/account': people,
  'PATCH /v1/account': people,
  'POST /v1/account/email-verification': people,
  'POST /v1/account/password': people,
  'GET /v1/account/totp': people,
  'POST /v1/account/totp': people,
  'POST /v1/account/totp/confirm': people,
  'DELETE /v1/account/totp': people,
  'GET /v1/account/audit': people,
  'DELETE /v1/sessions/current': people,
  'POST /v1/sessions/current/confirm': people,
  'GET /v1/account/sessions': people,
  'DELETE /v1/account/sessions': people,
  'DELETE /v1/account/sessions/{sessionId}': holder,
  'GET /v1/self': ROLES.filter((role) => role !== 'nobody' && role !== 'integration'),
  'PATCH /v1/self': ['customer'],
  'GET /v1/users/me': nobodyByBearer,

  'GET /v1/tokens': people,
  'POST /v1/tokens': people,
  'POST /v1/tokens/inspect': people,
  'POST /v1/tokens/introspect': people,
  'POST /v1/tokens/revoke': people,
  'GET /v1/tokens/{tokenId}': holder,
  'GET /v1/tokens/{tokenId}/usage': [...holder, 'admin'],
  'GET /v1/tokens/{tokenId}/denials': [...holder, 'admin'],
  'PATCH /v1/tokens/{tokenId}': holder,
  'DELETE /v1/tokens/{tokenId}': holder,
  'POST /v1/tokens/{tokenId}/rotate': holder,

  'GET /v1/workspaces': people,
  'POST /v1/workspaces': people,
  [`GET ${W}`]: viewers,
  [`PATCH ${W}`]: owners,
  [`DELETE ${W}`]: owners,
  [`GET ${W}/members`]: viewers,
  [`POST ${W}/members`]: owners,
  [`PATCH ${W}/members/{accountId}`]: owners,
  // Members may leave.
  [`DELETE ${W}/members/{accountId}`]: viewers,
  [`GET ${W}/invitations`]: owners,
  [`POST ${W}/invitations`]: owners,
  [`DELETE ${W}/invitations/{invitationId}`]: owners,
  [`POST ${W}/invitations/{invitationId}/resend`]: owners,
  [`POST ${W}/secret/rotate`]: owners,
  [`GET ${W}/public-keys`]: viewers,
  [`POST ${W}/public-keys`]: owners,
  [`DELETE ${W}/public-keys/{keyId}`]: owners,
  [`GET ${W}/audit`]: owners,
  [`GET ${W}/policy`]: viewers,
  [`PUT ${W}/policy`]: owners,
  [`GET ${W}/usage`]: viewers,
  [`GET ${W}/feed`]: viewers,
  [`GET ${W}/dead-letters`]: viewers,
  [`GET ${W}/schedules`]: viewers,

  [`GET ${W}/customers`]: [...viewers, 'signer'],
  [`GET ${W}/customers/{customerId}`]: [...viewers, 'signer'],
  [`PATCH ${W}/customers/{customerId}`]: [...editors, 'signer'],
  [`DELETE ${W}/customers/{customerId}`]: [...editors, 'signer'],
  [`DELETE ${W}/customers/{customerId}/credentials`]: [...editors, 'signer'],

  [`GET ${W}/actions`]: viewers,
  [`POST ${W}/actions`]: editors,
  'GET /v1/actions/{actionId}': viewers,
  'PATCH /v1/actions/{actionId}': editors,
  'DELETE /v1/actions/{actionId}': editors,
  'POST /v1/actions/{actionId}/integration-token': [...viewers, 'customer'],

  [`GET ${W}/secrets`]: viewers,
  [`PUT ${W}/secrets/{name}`]: editors,
  [`DELETE ${W}/secrets/{name}`]: editors,

  [`GET ${W}/flows`]: viewers,
  [`POST ${W}/flows`]: editors,
  [`POST ${W}/flows/simulate`]: viewers,
  'GET /v1/flows/{flowId}': viewers,
  'PUT /v1/flows/{flowId}': editors,
  'DELETE /v1/flows/{flowId}': editors,
  'GET /v1/flows/{flowId}/versions': viewers,
  'GET /v1/flows/{flowId}/diagram': viewers,
  'POST /v1/flows/{flowId}/publish': editors,
  'POST /v1/flows/{flowId}/simulate': viewers,
  'GET /v1/flows/{flowId}/schedule': viewers,
  'PATCH /v1/flows/{flowId}/schedule': editors,
  'POST /v1/flows/validate': people,
  'POST /v1/flows/simulate': people,

  [`GET ${W}/events`]: viewers,
  'POST /v1/events/{eventId}/redeliver': editors,
  [`GET ${W}/sinks`]: viewers,
  [`POST ${W}/sinks`]: owners,
  [`GET ${W}/sinks/{sinkId}`]: viewers,
  [`PATCH ${W}/sinks/{sinkId}`]: owners,
  [`DELETE ${W}/sinks/{sinkId}`]: owners,
  [`POST ${W}/sinks/{sinkId}/secret/rotate`]: owners,
  [`GET ${W}/event-sink`]: viewers,
  [`PUT ${W}/event-sink`]: owners,
  [`DELETE ${W}/event-sink`]: owners,
  [`POST ${W}/inbox`]: editors,

  [`GET ${W}/listeners`]: viewers,
  [`POST ${W}/listeners`]: editors,
  'GET /v1/listeners/{listenerId}': viewers,
  'GET /v1/listeners/{listenerId}/openapi.json': viewers,
  'GET /v1/listeners/{listenerId}/usage': viewers,
  'PATCH /v1/listeners/{listenerId}': editors,
  'DELETE /v1/listeners/{listenerId}': editors,
  'POST /v1/listeners/{listenerId}/url-token': viewers,
  'POST /v1/listeners/{listenerId}/try': editors,
  ...Object.fromEntries(
    ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [
      `${method} /v1/dynamic/listener/{listenerId}`,
      callers
    ])
  ),
  ...Object.fromEntries(
    ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [`${method} /v1/call/{slug}/{path}`, callers])
  ),

  'POST /v1/mcp': callers,

  'GET /v1/requests': people,
  'GET /v1/requests/{requestId}': viewers,
  'GET /v1/runs': [...people, 'token', 'customer'],
  // The run in each world is the customer's.
  'GET /v1/runs/{runId}': [...viewers, 'customer'],
  'GET /v1/runs/{runId}/events': [...viewers, 'customer'],
  'POST /v1/runs/{runId}/cancel': editors,
  'POST /v1/runs/{runId}/replay': editors,
  // Says of each run whether it was replayed.
  'POST /v1/runs/replay': people,

  'GET /v1/admin/accounts': admins,
  'POST /v1/admin/accounts': admins,
  'GET /v1/admin/accounts/{accountId}': admins,
  'POST /v1/admin/accounts/{accountId}/recovery': admins,
  'PATCH /v1/admin/accounts/{accountId}': admins,
  'GET /v1/admin/policy': admins,
  'PUT /v1/admin/policy': admins,
  'GET /v1/admin/tokens': admins,
  'DELETE /v1/admin/tokens/{tokenId}': admins,
  'POST /v1/admin/tokens/revoke': admins,
  'GET /v1/admin/workspaces': admins,
  'PATCH /v1/admin/workspaces/{workspaceId}': admins,
  'GET /v1/admin/audit': admins,
  'GET /v1/admin/audit/links': admins,
  'POST /v1/admin/signing-keys/rotate': admins,
  'POST /v1/admin/keys/reseal': admins
}

/** What is refused in the handler needs a body that is right; the rest is refused before its body is read. */
const MORE_BODIES: Record<string, unknown> = {
  'PATCH /v1/self': { credentials: 'x' },
  'POST /v1/mcp': { jsonrpc: '2.0', id: 1, method: 'tools/list' }
}
const FORMS: ReadonlySet<string> = new Set(['POST /v1/tokens/introspect', 'POST /v1/tokens/revoke'])
/** The code in the path is the credential. Whether it is good is not asked here. */
const BY_CODE = /^\/v1\/links\//
/** Resources that each world lacks. */
const ABSENT = /\/(event-sink|schedule)$/

const { client } = await startSluice(t)
const root = await client.signUp('Root')
const routes = await describedRoutes(client)

const [common, edited, owned] = [
  await makeWorld(client, 'common'),
  await makeWorld(client, 'edited'),
  await makeWorld(client, 'owned')
]
// By Basic, which counts as confirmed.
const promoted = await client.call('PATCH', `/v1/workspaces/${edited.ids.workspace}/members/${edited.viewer.id}`, {
  as: edited.owner,
  body: { role: 'editor' }
})
if (promoted.status !== 200) throw new Error(promoted.text)
const stranger = await client.signUp('Stranger')

/** Each member has a world of its own, which its calls change. The others must not change theirs. */
const PLACES: Record<Role, { world: World; credential: Pick<Call, 'as' | 'headers'>; person: Person }> = {
  nobody: { world: common, credential: {}, person: common.owner },
  outsider: { world: common, credential: { as: stranger.session }, person: stranger },
  token: { world: common, credential: common.principals['opaque'] ?? {}, person: common.owner },
  customer: { world: common, credential: common.principals['customer'] ?? {}, person: common.owner },
  integration: { world: common, credential: common.principals['integration'] ?? {}, person: common.owner },
  viewer: { world: common, credential: { as: common.viewer.session }, person: common.viewer },
  editor: { world: edited, credential: { as: edited.viewer.session }, person: edited.viewer },
  owner: { world: owned, credential: { as: owned.owner.session }, person: owned.owner },
  signer: { world: common, credential: common.principals['admin'] ?? {}, person: common.owner },
  admin: { world: common, credential: { as: root.session }, person: root }
}

t.test('every route has a row, and every row a route', async (t) => {
  t.same(
    routes.map(({ name }) => name).filter((name) => !ROWS[name]),
    [],
    'without a row'
  )
  const names = new Set(routes.map(({ name }) => name))
  t.same(
    Object.keys(ROWS).filter((name) => !names.has(name)),
    [],
    'without a route'
  )
})

for (const role of ROLES)
  t.test(`${role}: may make the calls of its rows and no other`, async (t) => {
    for (const route of routes.toSorted((a, b) => orderOf(a, role) - orderOf(b, role))) {
      if (BY_CODE.test(route.path)) continue
      const allowed = ROWS[route.name]?.includes(role) ?? false
      const { status, code, text, cacheControl } = await callAs(role, route)
      const refused = status === 401 || status === 404 || (status === 403 && code === 'insufficient_scope')
      const lacks = status === 404 && ABSENT.test(route.path)
      if (allowed) t.ok((!refused || lacks) && status < 500, `${route.name}: ${status} ${text}`)
      else t.ok(refused, `${route.name}: ${status} ${text}`)
      if (/^\/v1\/(?!dynamic\/|call\/)/.test(route.path)) t.equal(cacheControl, 'no-store', `${route.name}: ${status}`)
      if (role === 'nobody' && !allowed) t.equal(status, 401, `${route.name}: nobody learns whether it is there`)
    }
  })

async function callAs(role: Role, { name, method, path }: DescribedRoute) {
  const { world, credential, person } = PLACES[role]
  const ids = kindsOf(path).map((kind) => world.ids[kind])
  const body = BODIES[name]?.(person) ?? MORE_BODIES[name] ?? (/^(?:POST|PUT|PATCH)$/.test(method) ? {} : undefined)
  const sent: Call = FORMS.has(name)
    ? { raw: 'token=x', headers: [['Content-Type', 'application/x-www-form-urlencoded'], ...headersOf(credential)] }
    : { ...(body === undefined ? {} : { body }), headers: headersOf(credential) }
  const answer = await client.call(method, fillPath(path, ids), {
    ...sent,
    ...(credential.as === undefined ? {} : { as: credential.as }),
    headersOnly: /\/feed$|\/runs\/\{runId\}\/events$/.test(path)
  })
  const problem = String(answer.headers['content-type']).startsWith('application/problem+json') && answer.text !== ''
  return {
    status: answer.status,
    code: problem ? answer.json.code : undefined,
    text: answer.text.slice(0, 300),
    cacheControl: answer.headers['cache-control']
  }
}

function headersOf({ headers = [] }: Pick<Call, 'headers'>): [string, string][] {
  return Array.isArray(headers) ? [...headers] : Object.entries(headers)
}

/** What takes something away comes late, and what the later calls need, last. */
function orderOf({ method, path }: DescribedRoute, role: Role): number {
  if (path === '/v1/sessions/current') return 9
  if (/^\/v1\/(?:dynamic|call)\//.test(path) || method !== 'DELETE') return path.startsWith('/v1/admin/') ? 6 : 0
  // A member that left can do nothing more; an owner removes another one before the workspace goes.
  if (path === `${W}/members/{accountId}`) return role === 'owner' ? 4 : 8
  if (path === W) return 5
  if (path === '/v1/flows/{flowId}') return 3
  // Parts go before what they are part of.
  if (path.endsWith('/credentials')) return 0
  return path === '/v1/listeners/{listenerId}' ? 2 : 1
}
