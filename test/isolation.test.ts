import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { newId } from '../src/lib/ids.ts'
import type { Answer, Call, Client, Person } from './fixtures/client.ts'
import { basicHeader, echoFlow } from './fixtures/credentials.ts'
import { signingWorkspace } from './fixtures/customer-token.ts'
import { startSluice } from './fixtures/sluice.ts'

// Two workspaces. Every route of the API that names something in its path is called by every kind of principal of the one with the ids of the
// other. What is the other's must read exactly like what there is not, and stay as it was.

/** The ids of one workspace, by what a path can name. */
interface World {
  owner: Person
  ids: Record<Kind, string>
  principals: Record<string, Pick<Call, 'as' | 'headers'>>
  /** Whatever must not be read by the other. */
  marks: string[]
}

type Kind = 'workspace' | 'token' | 'flow' | 'listener' | 'run' | 'action' | 'key' | 'customer' | 'account' | 'secret'

const ABSENT: Record<Kind, () => string> = {
  workspace: () => newId('wsp'), token: () => newId('tok'), flow: () => newId('flw'), listener: () => newId('lsn'), run: () => newId('run'),
  action: () => newId('act'), key: () => newId('key'), customer: () => newId('cus'), account: () => newId('acc'), secret: () => 'no_such_secret'
}

/** What `{id}` names, by what comes before it in the path; other parameters by their own names. A route that is not foreseen here fails the test. */
const BY_FOLDER: Record<string, Kind> = { workspaces: 'workspace', tokens: 'token', flows: 'flow', listeners: 'listener', listener: 'listener', runs: 'run', actions: 'action', accounts: 'account' }
const BY_NAME: Record<string, Kind> = { wid: 'workspace', keyId: 'key', cid: 'customer', accountId: 'account', name: 'secret' }

/** Bodies that each route takes: with one that it does not, every answer would be 400 and prove nothing. */
const BODIES: Record<string, (person: Person) => unknown> = {
  'PATCH /v1/tokens/{id}': () => ({ name: 'renamed' }),
  'POST /v1/tokens/{id}/rotate': ({ password }) => ({ password, overlapSeconds: 60 }),
  'PATCH /v1/workspaces/{id}': () => ({ name: 'renamed' }),
  'POST /v1/workspaces/{id}/members': () => ({ email: 'nobody@example.com', role: 'viewer' }),
  'PATCH /v1/workspaces/{id}/members/{accountId}': () => ({ role: 'editor' }),
  'POST /v1/workspaces/{id}/secret/rotate': ({ password }) => ({ password, overlapSeconds: 3600 }),
  'POST /v1/workspaces/{id}/public-keys': () => ({ name: 'k', publicKey: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } }),
  'PATCH /v1/workspaces/{id}/customers/{cid}': () => ({ name: 'renamed' }),
  'POST /v1/workspaces/{id}/actions': () => ({ name: 'new' }),
  'PATCH /v1/actions/{id}': () => ({ name: 'renamed' }),
  'PUT /v1/workspaces/{wid}/secrets/{name}': () => ({ value: 'new value' }),
  'POST /v1/workspaces/{wid}/flows': () => echoFlow('another'),
  'PUT /v1/flows/{id}': () => echoFlow('echo'),
  'POST /v1/flows/{id}/publish': () => ({ version: 1 }),
  'POST /v1/flows/{id}/simulate': () => ({ input: {} }),
  'PATCH /v1/flows/{id}/schedule': () => ({ paused: true }),
  'PUT /v1/workspaces/{id}/event-sink': () => ({ url: 'https://example.com/events' }),
  'POST /v1/workspaces/{wid}/listeners': () => ({ name: 'new', flowId: newId('flw') }),
  'PATCH /v1/listeners/{id}': () => ({ name: 'renamed' }),
  'POST /v1/listeners/{id}/url-token': ({ password }) => ({ password }),
  'PATCH /v1/admin/accounts/{id}': () => ({ suspended: true }),
  'DELETE /v1/admin/tokens/{id}': () => ({ reason: 'x' })
}

/** What there need not be anything of in a workspace, so that its own answer may be 404 too. */
const MAY_BE_ABSENT = /\/(event-sink|schedule|cancel)$/

/** Where principals that are no people may go with ids of their own workspace. */
const OWN_PLACES: Record<string, RegExp> = {
  opaque: /^\w+ \/v1\/(dynamic\/|runs\/)/,
  jwt: /^\w+ \/v1\/(dynamic\/|runs\/)/,
  customer: /^\w+ \/v1\/(dynamic\/|runs\/)|^POST \/v1\/actions\/\{id\}\/integration-token/,
  admin: /^\w+ \/v1\/workspaces\/\{id\}\/customers/,
  integration: /^\w+ \/v1\/dynamic\//,
  nobody: /^$/
}

interface Route {
  name: string
  method: string
  path: string
  kinds: Kind[]
}

const sluice = await startSluice(t)
const { client } = sluice
await client.signUp('Root')
const [ours, theirs] = [await makeWorld(client, 'ours'), await makeWorld(client, 'theirs')]
const routes = await readRoutes(client)
const before = await stateOf(client, theirs)

t.test('every route that names something is foreseen', async (t) => {
  t.ok(routes.length > 40, 'the list of routes is read')
  for (const kind of Object.keys(ABSENT)) t.ok(routes.some(({ kinds }) => kinds.includes(kind as Kind)), `some route names a ${kind}`)
})

for (const [who, credential] of Object.entries(ours.principals)) {
  t.test(`${who}: what is another workspace's reads like what there is not`, async (t) => {
    for (const route of routes) {
      for (const [what, foreign, absent] of placesOf(route)) {
        const [first, second] = [await call(route, foreign, credential), await call(route, absent, credential)]
        t.ok([401, 403, 404].includes(first.status), `${route.name} ${what}: ${first.status}`)
        t.strictSame(comparable(first, foreign), comparable(second, absent), `${route.name} ${what}`)
        for (const mark of theirs.marks) if (first.text.includes(mark)) t.fail(`${route.name} ${what} tells ${mark}`)
      }
    }
  })
}

for (const [who, credential] of Object.entries(ours.principals)) {
  const own = OWN_PLACES[who]
  if (!own) continue
  t.test(`${who}: goes nowhere but where its kind goes, also in its own workspace`, async (t) => {
    for (const route of routes.filter(({ name }) => !own.test(name))) {
      const { status } = await call(route, route.kinds.map((kind) => ours.ids[kind]), credential)
      t.ok(status === 401 || status === 403, `${route.name}: ${status}`)
    }
  })
}

for (const [who, own] of Object.entries(OWN_PLACES)) {
  if (who === 'nobody') continue
  t.test(`control: ${who} is answered where its kind goes, with ids of its own workspace`, async (t) => {
    const places = routes.filter(({ name, method }) => own.test(name) && method !== 'DELETE')
    t.ok(places.length > 0)
    for (const route of places) {
      const { status, text } = await call(route, route.kinds.map((kind) => ours.ids[kind]), ours.principals[who] ?? {})
      // The run is the customer's, and another caller's run reads like none.
      const notItsOwn = route.kinds.includes('run') && who !== 'customer'
      // Runs are read by who made them, and controlled by people.
      const people = route.name.startsWith('POST /v1/runs/')
      t.ok(people ? status === 403 || status === 404 : notItsOwn ? status === 404 : status < 300, `${route.name}: ${status} ${status < 300 ? '' : text}`)
    }
  })
}

for (const [who, credential] of Object.entries(ours.principals)) {
  t.test(`${who}: what names nothing in its path tells nothing of another workspace`, async (t) => {
    const lists = (await readPaths(client)).filter(({ method, path }) => method === 'GET' && !path.includes('{') && !path.startsWith('/v1/admin/'))
    t.ok(lists.length > 10)
    for (const { path } of lists) {
      const answer = await client.call('GET', path, credential)
      t.ok(answer.status < 500, `${path}: ${answer.status}`)
      for (const mark of theirs.marks) if (answer.text.includes(mark)) t.fail(`${path} tells ${mark}`)
    }
  })
}

t.test('lists show what is one\'s own', async (t) => {
  for (const path of ['/v1/tokens', '/v1/workspaces', '/v1/runs']) t.ok((await client.call('GET', path, { as: ours.owner.session })).json.items.length > 0, path)
  const filtered = await client.call('GET', `/v1/runs?listenerId=${theirs.ids.listener}`, { as: ours.owner.session })
  t.strictSame(filtered.json.items, [])
})

t.test('400: ids of the other in a body read like ids of nothing', async (t) => {
  const inBodies: [string, (world: Record<Kind, string>) => unknown][] = [
    ['/v1/tokens', ({ workspace, listener }) => ({ name: 'x', days: 1, password: ours.owner.password, scope: { workspaces: [workspace], listeners: [listener] } })],
    [`/v1/workspaces/${ours.ids.workspace}/listeners`, ({ flow }) => ({ name: 'x', flowId: flow })],
    [`/v1/workspaces/${ours.ids.workspace}/actions`, ({ listener }) => ({ name: 'x', listeners: [listener] })]
  ]
  const absent = Object.fromEntries(Object.entries(ABSENT).map(([kind, make]) => [kind, make()])) as Record<Kind, string>
  for (const [path, body] of inBodies) {
    const [first, second] = [await client.call('POST', path, { as: ours.owner.session, body: body(theirs.ids) }), await client.call('POST', path, { as: ours.owner.session, body: body(absent) })]
    t.equal(first.status, 400, `${path} ${first.text}`)
    t.strictSame(comparable(first, []), comparable(second, []), path)
  }
})

t.test('nothing of the other has changed', async (t) => t.strictSame(await stateOf(client, theirs), before))

t.test('control: with its own ids a person is answered everywhere', async (t) => {
  const order = ({ method, path }: Route): number => (method !== 'DELETE' ? 0 : path === '/v1/workspaces/{id}' ? 3 : /flows|listeners/.test(path) ? (path.includes('listeners') ? 1 : 2) : 1)
  for (const route of routes.filter(({ path }) => !path.startsWith('/v1/admin/') && !path.startsWith('/v1/dynamic/')).toSorted((a, b) => order(a) - order(b))) {
    const { status, text } = await call(route, route.kinds.map((kind) => ours.ids[kind]), { as: ours.owner.session })
    t.ok(status < 500 && status !== 401 && status !== 403 && (status !== 404 || MAY_BE_ABSENT.test(route.path)), `${route.name}: ${status} ${status === 404 ? text : ''}`)
  }
})

/** Ids of the other, and absent ones in their place: all of them foreign, and those inside one's own workspace. */
function placesOf({ kinds }: Route): [what: string, foreign: string[], absent: string[]][] {
  const foreign = kinds.map((kind) => theirs.ids[kind])
  const places: [string, string[], string[]][] = [['foreign', foreign, kinds.map((kind, index) => (index === 0 ? ABSENT[kind]() : theirs.ids[kind]))]]
  const [first, inner] = kinds
  // The name of a secret is nobody's own.
  if (first && inner && inner !== 'secret') places.push(['foreign inside own', [ours.ids[first], theirs.ids[inner]], [ours.ids[first], ABSENT[inner]()]])
  return places
}

async function call({ name, method, path }: Route, ids: readonly string[], credential: Pick<Call, 'as' | 'headers'>): Promise<Answer<unknown>> {
  let index = 0
  const url = path.replace(/\{\w+\}/g, () => encodeURIComponent(ids[index++] ?? ''))
  const body = BODIES[name]?.(ours.owner)
  return client.call(method, url, { ...credential, ...(body === undefined ? {} : { body }) })
}

/** The whole answer but for what names the call, or repeats the address that was asked for. */
function comparable({ status, headers, text }: Answer<unknown>, ids: readonly string[]): object {
  const { date: _date, 'x-request-id': _request, ...rest } = headers
  const anonymous = ids.reduce((said, id) => said.replaceAll(id, '(id)'), text).replace(/"requestId":"[^"]*"/, '')
  return { status, headers: rest, text: anonymous }
}

/** Every route that names something. That the document has every route there is, test/http/openapi.test.ts sees to. */
async function readRoutes(client: Client): Promise<Route[]> {
  return (await readPaths(client)).flatMap(({ method, path, needsBody }) => {
    const name = `${method} ${path}`
    if (!path.includes('{')) return []
    if (needsBody && !BODIES[name]) throw new Error(`${name} is new: say in BODIES what it takes`)
    return [{ name, method, path, kinds: kindsOf(path) }]
  })
}

async function readPaths(client: Client): Promise<{ method: string, path: string, needsBody: boolean }[]> {
  const { json: { paths } } = await client.call<{ paths: Record<string, Record<string, { requestBody?: { required?: boolean } }>> }>('GET', '/openapi.json')
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { requestBody }]) => (
    { method: method.toUpperCase(), path, needsBody: requestBody !== undefined && requestBody.required !== false }
  )))
}

function kindsOf(path: string): Kind[] {
  const parts = path.split('/')
  return parts.flatMap((part, index) => {
    if (!part.startsWith('{')) return []
    const name = part.slice(1, -1)
    const kind = name === 'id' ? BY_FOLDER[parts[index - 1] ?? ''] : BY_NAME[name]
    if (!kind) throw new Error(`${path} is new: say what ${part} names`)
    return [kind]
  })
}

async function makeWorld(client: Client, name: string): Promise<World> {
  const owner = await client.signUp(`Owner of ${name}`)
  const member = await client.signUp(`Member of ${name}`)
  const as = owner.session
  const workspace = await signingWorkspace(client, owner, `Workspace of ${name}`)
  const base = `/v1/workspaces/${workspace.id}`
  const make = async (method: string, path: string, body?: unknown) => {
    const answer = await client.call(method, path, { as, ...(body === undefined ? {} : { body }) })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.json
  }
  await make('POST', `${base}/members`, { email: member.email, role: 'viewer' })
  await make('PUT', `${base}/secrets/secret_of_${name}`, { value: `value of ${name}` })
  const key = await make('POST', `${base}/public-keys`, { name, publicKey: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) })
  const action = await make('POST', `${base}/actions`, { name, listeners: [workspace.listenerId] })
  const opaque = await make('POST', '/v1/tokens', { name: `${name} opaque`, days: 1, password: owner.password })
  const jwt = await make('POST', '/v1/tokens', { name: `${name} jwt`, days: 1, password: owner.password, format: 'jwt' })
  const customerToken = workspace.sign({ id: `customer-${name}`, name: `Customer of ${name}` })
  const customer = (await client.call('GET', '/v1/self', { as: customerToken })).json
  const run = (await client.call('GET', workspace.path, { as: customerToken })).headers['sluice-run-id'] as string
  const listener = (await client.call('GET', `/v1/listeners/${workspace.listenerId}`, { as })).json
  const integration = (await client.call('POST', `/v1/actions/${action.actionPackageId}/integration-token`, { as: customerToken })).json.token
  return {
    owner,
    ids: {
      workspace: workspace.id, token: opaque.id, flow: listener.flowId, listener: workspace.listenerId, run, action: action.actionPackageId, key: key.id,
      customer: customer.internalId, account: member.id, secret: `secret_of_${name}`
    },
    principals: {
      session: { as }, basic: { headers: [basicHeader(owner)] }, opaque: { as: opaque.token }, jwt: { as: jwt.token }, customer: { as: customerToken },
      admin: { as: workspace.sign({ isAdmin: true }) }, integration: { as: integration }, nobody: {}
    },
    marks: [member.id, member.email, owner.email, `Workspace of ${name}`, `Customer of ${name}`, `value of ${name}`, workspace.key, key.kid]
  }
}

/** All that its owner sees of a workspace. */
async function stateOf(client: Client, { owner, ids }: World): Promise<Record<string, unknown>> {
  const base = `/v1/workspaces/${ids.workspace}`
  const paths = [base, ...['members', 'public-keys', 'customers', 'secrets', 'flows', 'listeners', 'actions'].map((part) => `${base}/${part}`), '/v1/tokens', '/v1/runs', `/v1/runs/${ids.run}`, `/v1/flows/${ids.flow}`]
  const answers = await Promise.all(paths.map(async (path) => [path, (await client.call('GET', path, { as: owner.session })).json] as const))
  return Object.fromEntries(answers)
}
