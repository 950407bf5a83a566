import t from 'tap'
import type { Answer, Call, Client } from './fixtures/client.ts'
import { describedRoutes, fillPath } from './fixtures/described-routes.ts'
import { startSluice } from './fixtures/sluice.ts'
import { ABSENT, BODIES, kindsOf, makeWorld, type Kind, type World } from './fixtures/world.ts'

// Two workspaces. Every kind of principal of the first one calls every route that has path parameters with the ids of
// the second one. The responses must be identical to those for absent resources, and the second one must not change.

/** Resources that a workspace may not have, so that a 404 for its own path is allowed. */
const MAY_BE_ABSENT = /\/(event-sink|schedule|cancel)$/

/** Routes that non-account principals may use with ids of their own workspace. */
const OWN_PLACES: Record<string, RegExp> = {
  opaque: /^\w+ \/v1\/(dynamic\/|call\/|runs\/)/,
  jwt: /^\w+ \/v1\/(dynamic\/|call\/|runs\/)/,
  customer: /^\w+ \/v1\/(dynamic\/|call\/|runs\/)|^POST \/v1\/actions\/\{actionId\}\/integration-token/,
  admin: /^\w+ \/v1\/workspaces\/\{workspaceId\}\/customers/,
  integration: /^\w+ \/v1\/(dynamic|call)\//,
  nobody: /^$/
}

/** Reading routes that only owners may use. */
const OWNERS_READ = /^GET \/v1\/workspaces\/\{workspaceId\}\/(audit|invitations)$/

/** Whoever has the code of a link may use it: it is the credential. */
const BY_CODE = /^\/v1\/links\//

/** Non-reading routes that a viewer may use. */
const VIEWERS_MAY =
  /\/(url-token|integration-token|simulate)$|^DELETE \/v1\/workspaces\/\{workspaceId\}\/members\/\{accountId\}$/

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

t.test('every route with path parameters is covered', async (t) => {
  t.ok(routes.length > 40, 'the list of routes is complete')
  for (const kind of Object.keys(ABSENT).filter((kind) => kind !== 'link'))
    t.ok(
      routes.some(({ kinds }) => kinds.includes(kind as Kind)),
      `some route names a ${kind}`
    )
})

for (const [who, credential] of Object.entries(ours.principals)) {
  t.test(`${who}: a resource of another workspace looks like an absent one`, async (t) => {
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

t.test('a viewer can read everything in its workspace and change nothing', async (t) => {
  const parts = routes.filter(({ path }) => !/^\/v1\/(tokens|admin|dynamic|call|account)\//.test(path))
  const ids = (route: Route): string[] => route.kinds.map((kind) => ours.ids[kind])
  const [reads, changes] = [
    parts.filter(({ name, method }) => method === 'GET' && !OWNERS_READ.test(name)),
    parts.filter(({ name, method }) => method !== 'GET' && !VIEWERS_MAY.test(name))
  ]
  t.ok(reads.length > 15 && changes.length > 20)
  const before = await stateOf(client, ours)
  for (const route of reads) {
    const { status } = await call(route, ids(route), { as: ours.viewer.session })
    t.ok(status === 200 || (status === 404 && MAY_BE_ABSENT.test(route.path)), `${route.name}: ${status}`)
  }
  for (const route of changes) {
    // Sends the viewer's own password if one is required, so that a missing password is not the reason.
    const body = BODIES[route.name]?.(ours.viewer)
    const { status, text } = await client.call(route.method, fillPath(route.path, ids(route)), {
      as: ours.viewer.session,
      ...(body === undefined ? {} : { body })
    })
    t.ok(status === 403 || (status === 404 && route.path.endsWith('/schedule')), `${route.name}: ${text}`)
  }
  t.strictSame(await stateOf(client, ours), before)
})

for (const [who, credential] of Object.entries(ours.principals)) {
  const own = OWN_PLACES[who]
  if (!own) continue
  t.test(`${who}: can use only the routes of its kind, even in its own workspace`, async (t) => {
    for (const route of routes.filter(({ name }) => !own.test(name))) {
      const { status } = await call(
        route,
        route.kinds.map((kind) => ours.ids[kind]),
        credential
      )
      t.ok(status === 401 || status === 403, `${route.name}: ${status}`)
    }
  })
}

for (const [who, own] of Object.entries(OWN_PLACES)) {
  if (who === 'nobody') continue
  t.test(`control: ${who} can use the routes of its kind with ids of its own workspace`, async (t) => {
    const places = routes.filter(({ name, method }) => own.test(name) && method !== 'DELETE')
    t.ok(places.length > 0)
    for (const route of places) {
      const { status, text } = await call(
        route,
        route.kinds.map((kind) => ours.ids[kind]),
        ours.principals[who] ?? {}
      )
      // The run belongs to the customer. To other callers it looks absent.
      const notItsOwn = route.kinds.includes('run') && who !== 'customer'
      // Callers can read their own runs; only members can control runs.
      const people = route.name.startsWith('POST /v1/runs/')
      t.ok(
        people ? status === 403 || status === 404 : notItsOwn ? status === 404 : status < 300,
        `${route.name}: ${status} ${status < 300 ? '' : text}`
      )
    }
  })
}

for (const [who, credential] of Object.entries(ours.principals)) {
  t.test(`${who}: routes without path parameters reveal nothing about another workspace`, async (t) => {
    const lists = (await describedRoutes(client)).filter(
      ({ method, path }) => method === 'GET' && !path.includes('{') && !path.startsWith('/v1/admin/')
    )
    t.ok(lists.length > 10)
    for (const { path } of lists) {
      const answer = await client.call('GET', path, credential)
      t.ok(answer.status < 500, `${path}: ${answer.status}`)
      for (const mark of theirs.marks) if (answer.text.includes(mark)) t.fail(`${path} tells ${mark}`)
    }
  })
}

t.test('lists contain only what the account may see', async (t) => {
  for (const path of ['/v1/tokens', '/v1/workspaces', '/v1/runs'])
    t.ok((await client.call('GET', path, { as: ours.owner.session })).json.items.length > 0, path)
  const filtered = await client.call('GET', `/v1/runs?listenerId=${theirs.ids.listener}`, { as: ours.owner.session })
  t.strictSame(filtered.json.items, [])
})

t.test('400: foreign ids in a body look like absent ones', async (t) => {
  const inBodies: [string, (world: Record<Kind, string>) => unknown][] = [
    [
      '/v1/tokens',
      ({ workspace, listener }) => ({
        name: 'x',
        days: 1,
        password: ours.owner.password,
        scope: { workspaces: [workspace], listeners: [listener] }
      })
    ],
    [`/v1/workspaces/${ours.ids.workspace}/listeners`, ({ flow }) => ({ name: 'x', flowId: flow })],
    [`/v1/workspaces/${ours.ids.workspace}/actions`, ({ listener }) => ({ name: 'x', listeners: [listener] })]
  ]
  const absent = Object.fromEntries(Object.entries(ABSENT).map(([kind, make]) => [kind, make()])) as Record<
    Kind,
    string
  >
  for (const [path, body] of inBodies) {
    const [first, second] = [
      await client.call('POST', path, { as: ours.owner.session, body: body(theirs.ids) }),
      await client.call('POST', path, { as: ours.owner.session, body: body(absent) })
    ]
    t.equal(first.status, 400, `${path} ${first.text}`)
    t.strictSame(comparable(first, []), comparable(second, []), path)
  }
})

t.test('the other workspace is unchanged', async (t) => t.strictSame(await stateOf(client, theirs), before))

t.test('control: with its own ids, an owner can use every route', async (t) => {
  const order = ({ method, path }: Route): number =>
    method !== 'DELETE'
      ? 0
      : path === '/v1/workspaces/{workspaceId}'
        ? 3
        : /flows|listeners/.test(path)
          ? path.includes('listeners')
            ? 1
            : 2
          : 1
  for (const route of routes
    .filter(({ path }) => !/^\/v1\/(admin|dynamic|call)\//.test(path))
    // Of what is deleted, the parts of a thing come before the thing.
    .toSorted((a, b) => order(a) - order(b) || (order(a) === 0 ? 0 : b.path.length - a.path.length))) {
    const { status, text } = await call(
      route,
      route.kinds.map((kind) => ours.ids[kind]),
      { as: ours.owner.session }
    )
    t.ok(
      status < 500 && status !== 401 && status !== 403 && (status !== 404 || MAY_BE_ABSENT.test(route.path)),
      `${route.name}: ${status} ${status === 404 ? text : ''}`
    )
  }
})

/** Foreign ids, and absent ids in their place: all of them foreign, or only those inside the own workspace. */
function placesOf({ kinds }: Route): [what: string, foreign: string[], absent: string[]][] {
  const foreign = kinds.map((kind) => theirs.ids[kind])
  const places: [string, string[], string[]][] = [
    ['foreign', foreign, kinds.map((kind, index) => (index === 0 ? ABSENT[kind]() : theirs.ids[kind]))]
  ]
  const [first, inner] = kinds
  // Names of secrets are not unique across workspaces.
  if (first && inner && inner !== 'secret')
    places.push(['foreign inside own', [ours.ids[first], theirs.ids[inner]], [ours.ids[first], ABSENT[inner]()]])
  return places
}

async function call(
  { name, method, path }: Route,
  ids: readonly string[],
  credential: Pick<Call, 'as' | 'headers'>
): Promise<Answer<unknown>> {
  const body = BODIES[name]?.(ours.owner)
  return client.call(method, fillPath(path, ids), {
    ...credential,
    ...(body === undefined ? {} : { body }),
    headersOnly: path.endsWith('/feed')
  })
}

/** The whole response, except for what identifies the call or repeats its path. */
function comparable({ status, headers, text }: Answer<unknown>, ids: readonly string[]): object {
  const { date: _date, 'x-request-id': _request, ...rest } = headers
  const anonymous = ids.reduce((said, id) => said.replaceAll(id, '(id)'), text).replace(/"requestId":"[^"]*"/, '')
  return { status, headers: rest, text: anonymous }
}

/** Every route with path parameters. */
async function readRoutes(client: Client): Promise<Route[]> {
  return (await describedRoutes(client)).flatMap(({ name, method, path, needsBody }) => {
    if (!path.includes('{') || BY_CODE.test(path)) return []
    if (needsBody && !BODIES[name]) throw new Error(`${name} is new: say in BODIES what it takes`)
    return [{ name, method, path, kinds: kindsOf(path) }]
  })
}

/** Everything that an owner can read of a workspace. */
async function stateOf(client: Client, { owner, ids }: World): Promise<Record<string, unknown>> {
  const base = `/v1/workspaces/${ids.workspace}`
  const paths = [
    base,
    ...['members', 'public-keys', 'customers', 'secrets', 'flows', 'listeners', 'actions'].map(
      (part) => `${base}/${part}`
    ),
    '/v1/tokens',
    '/v1/runs',
    `/v1/runs/${ids.run}`,
    `/v1/flows/${ids.flow}`
  ]
  const answers = await Promise.all(
    paths.map(async (path) => [path, (await client.call('GET', path, { as: owner.session })).json] as const)
  )
  return Object.fromEntries(answers)
}
