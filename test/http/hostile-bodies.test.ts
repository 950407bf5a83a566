import t from 'tap'
import { echoFlow } from '../fixtures/credentials.ts'
import {
  DEEP_TEXTS,
  forbiddenFields,
  JUNK,
  NAUGHTY,
  OPERATORS,
  placesIn,
  POLLUTING,
  replaced,
  TYPES,
  valueAt,
  withMembers,
  type Place
} from '../fixtures/hostile.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { BODIES, kindsOf, makeWorld, type World } from '../fixtures/world.ts'

// Somebody with an account of their own sends every call of the OpenAPI document what it does not expect. No answer is
// a fault of ours, nothing that is not theirs changes, and they get no more power than they had.

interface Operation {
  name: string
  method: string
  path: string
  types: string[]
}

/** Rules that are in nobody's way. */
const POLICY = {
  maxDays: 36_500,
  allowUnlimited: true,
  unusedDays: 3_650,
  requireSecondFactor: false,
  signupDomains: ['example.com']
}

/** Bodies of calls whose paths name nothing; the others are those of {@link BODIES}. */
const GENERAL: Record<string, (world: World) => unknown> = {
  'POST /v1/accounts': () => ({
    email: 'new@example.com',
    password: 'a long pass phrase',
    name: 'New',
    phoneNumber: '+49 30 1234567',
    pictureUrl: 'https://example.com/p.png'
  }),
  'POST /v1/sessions': ({ owner: { email, password } }) => ({ email, password, totp: '123456' }),
  'POST /v1/sessions/once': () => ({ code: 'A'.repeat(43) }),
  'PATCH /v1/account': () => ({
    name: 'Mallory',
    phoneNumber: '+49 30 1234567',
    pictureUrl: 'https://example.com/p.png'
  }),
  'POST /v1/account/password': ({ owner: { password } }) => ({ password, newPassword: password }),
  'POST /v1/account/totp': ({ owner: { password } }) => ({ password }),
  'DELETE /v1/account/totp': ({ owner: { password } }) => ({ password, totp: '123456' }),
  'POST /v1/account/totp/confirm': ({ owner: { password } }) => ({ totp: '123456', password }),
  // Those that take nothing but the password, which the session has confirmed.
  'DELETE /v1/workspaces/{workspaceId}': () => ({}),
  'DELETE /v1/workspaces/{workspaceId}/members/{accountId}': () => ({}),
  'DELETE /v1/workspaces/{workspaceId}/public-keys/{keyId}': () => ({}),
  'POST /v1/workspaces/{workspaceId}/invitations/{invitationId}/resend': () => ({}),
  'POST /v1/admin/signing-keys/rotate': () => ({}),
  'POST /v1/admin/keys/reseal': () => ({}),
  'POST /v1/admin/accounts/{accountId}/recovery': () => ({ removeSecondFactor: true, revokeTokens: false }),
  'POST /v1/password-resets': () => ({ email: 'nobody@example.com' }),
  'POST /v1/sessions/current/confirm': ({ owner: { password } }) => ({ password, totp: '123456' }),
  'POST /v1/admin/accounts': ({ owner: { password } }) => ({
    email: 'made@example.com',
    name: 'Made',
    role: 'user',
    password
  }),
  'POST /v1/tokens': ({ owner: { password }, ids }) => ({
    name: `mine ${++names}`,
    days: 1,
    password,
    format: 'opaque',
    scope: { workspaces: [ids.workspace], listeners: [ids.listener] },
    allowedIps: ['10.0.0.0/8'],
    rateLimit: { limit: 1, windowSeconds: 60 },
    dailyQuota: 10,
    description: 'mine',
    metadata: { a: 'b' }
  }),
  'POST /v1/tokens/inspect': () => ({ token: 'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6InVzZXItMSJ9.c2lnbmF0dXJl' }),
  'POST /oauth/token': ({ ids, principals }) => ({
    scope: ids.listener,
    grant_type: 'client_credentials',
    client_id: ids.token,
    client_secret: principals['opaque']?.as
  }),
  'POST /v1/tokens/introspect': () => ({ token: 'slc_x', token_type_hint: 'access_token' }),
  'POST /v1/tokens/revoke': () => ({ token: 'slc_x', token_type_hint: 'access_token' }),
  'POST /v1/tokens/report-leak': () => ({ tokens: ['slc_x'] }),
  'POST /v1/workspaces': () => ({ name: 'mine' }),
  'POST /v1/mcp': () => ({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  'POST /v1/runs/replay': ({ ids }) => ({ ids: [ids.run] }),
  'PATCH /v1/self': () => ({ credentials: { user: 'u', key: 'k' } }),
  'POST /v1/flows/simulate': () => ({ document: echoFlow(), input: { a: 1 }, mocks: {}, live: false }),
  'POST /v1/flows/validate': () => echoFlow(),
  'POST /v1/admin/tokens/revoke': () => ({ accountId: victim.owner.id, reason: 'because' }),
  'PATCH /v1/workspaces/{workspaceId}': () => ({
    name: 'mine',
    jwksUri: 'https://example.com/jwks.json',
    secretKeyAuth: true,
    algorithms: ['HS256'],
    maxTokenSeconds: 3600
  }),
  'POST /v1/workspaces/{workspaceId}/listeners': ({ ids }) => ({
    name: 'mine',
    flowId: ids.flow,
    methods: ['GET'],
    auth: { carriers: ['bearer'], principals: ['token'], customers: ['one'] },
    allowedIps: ['10.0.0.1'],
    rateLimit: { limit: 1, windowSeconds: 60 }
  }),
  'POST /v1/workspaces/{workspaceId}/actions': ({ ids }) => ({
    name: 'mine',
    origins: ['https://example.com'],
    listeners: [ids.listener]
  }),
  'PATCH /v1/tokens/{tokenId}': ({ ids }) => ({
    name: `mine ${++names}`,
    scope: { listeners: [ids.listener] },
    allowedIps: ['10.0.0.1'],
    rateLimit: null,
    dailyQuota: 10,
    enabled: true,
    description: 'mine',
    metadata: { a: 'b' },
    expiresAt: '2050-01-01T00:00:00Z'
  }),
  'PUT /v1/admin/policy': ({ owner: { password } }) => ({ ...POLICY, password })
}

let names = 0
/** Who sends it, where that is nobody's session. */
const SENDERS: Record<string, string> = {
  'PATCH /v1/self': 'customer',
  'POST /oauth/token': 'nobody',
  'POST /v1/mcp': 'opaque'
}
/** Calls that take any body as it is. */
const TAKES_ANYTHING = /^\w+ \/v1\/(dynamic|call)\//
/** Calls that ignore what they do not know, as their protocols say (RFC 6749, section 3.2; JSON-RPC 2.0). */
const IGNORES_UNKNOWN = /^POST \/(v1\/tokens\/(introspect|revoke)|v1\/mcp|oauth\/token)$/
/** Calls that keep what they do not know: a CloudEvent may have extension attributes (CloudEvents 1.0, section 3.4). */
const TAKES_EXTENSIONS = /^POST \/v1\/workspaces\/\{workspaceId\}\/inbox$/
/**
 * Calls that even a proper body of theirs does not make, for another reason: they are no admin, have no code, or it was
 * done before.
 */
const REFUSED_ANYWAY =
  /\/admin\/|POST \/v1\/workspaces\/\{workspaceId\}\/members$|\/links\/|totp\/confirm$|POST \/v1\/sessions(\/once)?$|schedule$/
/** Kept by each process for itself, or counted on purpose. */
const RESTLESS_TABLES = ['worker', 'rate_limit', 'rate_window', 'call_usage', 'listener_refusals', 'alert_group']
const DEPTH = 3
/** Of one body: flows are long, and what is true of some of their places is true of the others. */
const PLACES_MAX = 9
/** Fields whose value could be the name of what is somebody else's. */
const NAMES_SOMETHING = /^(id|ids|\w+Id|listeners|workspaces|tokens?|email|publicKey)$/
/** Hashing what a password is compared with takes its time. */
const PASSWORDS_TRIED = 3

// One account sends thousands of documents here, whose pace is not what is tested.
const sluice = await startSluice(t, { paceClock: { now: () => performance.now(), pause: async () => {} } })
const { client, services } = sluice
const { pool } = services.database
const root = await client.signUp('Root')
const [mallory, victim] = [await makeWorld(client, 'mallory'), await makeWorld(client, 'victim')]
const operations = Object.entries(sluice.app.swagger().paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, { requestBody?: { content: object } }>).map(
    ([method, { requestBody }]): Operation => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      types: Object.keys(requestBody?.content ?? {})
    })
  )
)
// What is made by another credential first, because others of these calls end it; last what ends everything.
const turnOf = (name: string): number => (name in SENDERS ? 0 : name === 'DELETE /v1/workspaces/{workspaceId}' ? 2 : 1)
const withBody = operations
  .toSorted((a, b) => turnOf(a.name) - turnOf(b.name))
  .filter(({ name, types }) => types.length > 0 || (TAKES_ANYTHING.test(name) && name.startsWith('P')))
const {
  rows: [own]
} = await pool.query<{ password_hash: string }>('select password_hash from account where id = $1', [mallory.owner.id])
await Promise.all([services.usage.flush(), services.recorder.flush(), services.provisioner.flush()])
const before = await rowsOfOthers()

t.test('every call that takes a body is foreseen', async (t) => {
  t.ok(withBody.length > 35)
  for (const { name } of withBody) t.ok(bodyOf(name) !== undefined, name)
})

for (const operation of withBody) {
  t.test(`${operation.name}: nothing that is sent makes a fault of ours`, async (t) => {
    const statuses = new Set<number>()
    for (const [what, raw, type, mustRefuse] of hostileBodies(operation)) {
      const { status } = await send(operation, raw, type)
      statuses.add(status)
      if (status >= 500 || (mustRefuse && status < 400)) t.fail(`${what}: ${status}`)
    }
    await restore()
    const proper = await send(
      operation,
      encoded(operation, bodyOf(operation.name)),
      operation.types[0] ?? 'application/json'
    )
    const taken = [...statuses, proper.status].some((status) => status < 300)
    t.ok(
      taken || REFUSED_ANYWAY.test(operation.name),
      `some body is taken, so that what was refused was refused for itself: ${proper.status} ` +
        proper.text.slice(0, 200)
    )
    await restore()
  })
}

t.test('parameters that come twice, or that no call has', async (t) => {
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    for (const query of [
      'limit=1&limit=2',
      '__proto__[isAdmin]=1',
      'constructor[prototype][isAdmin]=1',
      'where[id][not]=',
      'accountId[]=x&accountId[]=y',
      `accountId=${victim.owner.id}&role=admin`,
      'select[passwordHash]=1',
      '='.repeat(1000)
    ]) {
      const { status, text } = await client.call('GET', `${urlOf(operation, mallory)}?${query}`, {
        ...senderOf(operation),
        headersOnly: operation.path.endsWith('/feed')
      })
      t.ok(status < 500, `${operation.name}?${query.slice(0, 40)}: ${status}`)
      for (const mark of victim.marks) if (text.includes(mark)) t.fail(`${operation.name}?${query} tells ${mark}`)
    }
  }
})

t.test("what is somebody else's cannot be deleted", async (t) => {
  for (const operation of operations.filter(
    ({ name, method, path }) => method === 'DELETE' && path.includes('{') && !TAKES_ANYTHING.test(name)
  )) {
    for (const raw of [undefined, '{"where":{}}', `{"accountId":"${mallory.owner.id}"}`]) {
      const { status } = await client.call('DELETE', urlOf(operation, victim), {
        ...senderOf(operation),
        ...(raw === undefined ? {} : { raw, headers: { 'Content-Type': 'application/json' } })
      })
      t.ok(status >= 400 && status < 500, `${operation.name}: ${status}`)
    }
  }
})

t.test('nothing that is not theirs has changed, and nobody is more than before', async (t) => {
  await Promise.all([services.usage.flush(), services.recorder.flush(), services.provisioner.flush()])
  t.ok(before.size > 40, 'others have rows to lose')
  t.strictSame(await lost(), [])
  t.strictSame(await gained(), [])
  t.strictSame((await pool.query(`select email from account where role = 'admin'`)).rowCount, 1)
  t.strictSame(Object.keys(Object.prototype), [], 'no prototype was polluted')
  t.equal(({} as { isAdmin?: boolean }).isAdmin, undefined)
})

t.test('a change of what is not theirs would have been seen', async (t) => {
  await pool.query(`update token set name = name || '!' where id = $1`, [victim.ids.token])
  t.equal((await lost()).length, 1)
  await pool.query(`update token set name = left(name, -1) where id = $1`, [victim.ids.token])
  t.strictSame(await lost(), [])
  await pool.query(`insert into member (workspace_id, account_id, role, created_at) values ($1, $2, 'owner', now())`, [
    victim.ids.workspace,
    mallory.owner.id
  ])
  const more = await gained()
  t.equal(more.length, 1, more.join('\n'))
  await pool.query('delete from member where workspace_id = $1 and account_id = $2', [
    victim.ids.workspace,
    mallory.owner.id
  ])
})

t.test('what only admins may send is no less hostile', async (t) => {
  for (const operation of withBody.filter(({ path }) => path.includes('/admin/'))) {
    const statuses = new Set<number>()
    for (const [what, raw, type] of hostileBodies(operation)) {
      const { status } = await client.call(operation.method, urlOf(operation, mallory), {
        as: root.session,
        raw,
        headers: { 'Content-Type': type }
      })
      statuses.add(status)
      if (status >= 500) t.fail(`${operation.name} ${what}: ${status}`)
    }
    t.ok(statuses.has(400), operation.name)
  }
})

function bodyOf(name: string): unknown {
  if (TAKES_ANYTHING.test(name)) return { any: 'thing', of: [1, { a: 'b' }] }
  return GENERAL[name]?.(mallory) ?? BODIES[name]?.(mallory.owner)
}

function* hostileBodies(
  operation: Operation
): Generator<[what: string, raw: string, type: string, mustRefuse: boolean]> {
  const fresh = (): unknown => bodyOf(operation.name)
  const proper = fresh()
  const type = operation.types[0] ?? 'application/json'
  const closed = ![TAKES_ANYTHING, IGNORES_UNKNOWN, TAKES_EXTENSIONS].some((open) => open.test(operation.name))
  const foreign = { account: victim.owner.id, workspace: victim.ids.workspace, token: victim.ids.token }
  for (const place of placesIn(proper, DEPTH).slice(0, PLACES_MAX)) {
    for (const value of valuesFor(place, valueAt(proper, place)))
      yield [
        `${place.join('/')} = ${JSON.stringify(value).slice(0, 40)}`,
        encoded(operation, replaced(fresh(), place, value)),
        type,
        false
      ]
  }
  for (const [field, value] of Object.entries(forbiddenFields(foreign))) {
    if (field in (proper as object)) continue
    yield [`with ${field}`, encoded(operation, { ...(fresh() as object), [field]: value }), type, closed]
  }
  yield [
    'twice',
    encoded(operation, proper) + (type.includes('form') ? `&${Object.keys(proper as object)[0]}=slc_y` : ''),
    type,
    type.includes('form')
  ]
  if (type.includes('form')) return
  for (const members of POLLUTING.slice(0, 3)) yield [members, withMembers(proper, members), type, closed]
  yield [
    'a member twice',
    withMembers(
      proper,
      Object.entries(proper as object)
        .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join(',')
    ),
    type,
    false
  ]
  for (const text of DEEP_TEXTS) yield [text.slice(0, 6), text, type, closed]
  yield ['deep inside', withMembers({}, `"name":${DEEP_TEXTS[1]}`), type, closed]
  for (const other of TYPES) yield [`as ${other}`, encoded(operation, fresh()), other, false]
}

function valuesFor(place: Place, value: unknown): unknown[] {
  const name = String(place.findLast((key) => typeof key === 'string'))
  const foreign = NAMES_SOMETHING.test(name) ? [...Object.values(victim.ids), victim.owner.id, victim.owner.email] : []
  const all =
    typeof value === 'string'
      ? [...OPERATORS, ...JUNK, ...foreign, ...NAUGHTY]
      : [...OPERATORS, ...JUNK, ...NAUGHTY.slice(0, 4)]
  return /password/i.test(name) ? [...OPERATORS, ...JUNK, ...NAUGHTY.slice(-PASSWORDS_TRIED)] : all
}

function encoded({ types }: Operation, body: unknown): string {
  if (!types[0]?.includes('form')) return JSON.stringify(body)
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body as object))
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  return form.toString()
}

function urlOf({ path }: Operation, world: World): string {
  const kinds = kindsOf(path)
  let index = 0
  return path.replace(/\{\w+\}/g, () => encodeURIComponent(world.ids[kinds[index++] ?? 'token']))
}

function senderOf({ name }: Operation): World['principals'][string] {
  return mallory.principals[SENDERS[name] ?? 'session'] ?? {}
}

function send(operation: Operation, raw: string, type: string) {
  const { as, headers } = senderOf(operation)
  // A listener takes tokens, and no sessions.
  const credential = TAKES_ANYTHING.test(operation.name) ? { as: mallory.principals.customer?.as } : { as, headers }
  return client.call(operation.method, urlOf(operation, mallory), {
    ...(credential.as === undefined ? {} : { as: credential.as }),
    raw,
    headers: [...(Array.isArray(headers) ? headers : []), ['Content-Type', type]] as [string, string][]
  })
}

/** They may change their own password, and be made to wait; the rest of the test goes on with the one they had. */
async function restore(): Promise<void> {
  await pool.query('update account set password_hash = $2 where id = $1', [mallory.owner.id, own?.password_hash])
  await pool.query('delete from account_totp where account_id = $1', [mallory.owner.id])
  await pool.query('delete from rate_limit')
}

/** Every row of every table that names nothing of theirs, as text. */
async function rowsOfOthers(): Promise<Set<string>> {
  const theirs = [mallory.owner.id, mallory.owner.workspaceId, ...Object.values(mallory.ids)]
  return new Set([...(await allRows())].filter((row) => !theirs.some((id) => row.includes(id))))
}

async function allRows(): Promise<Set<string>> {
  const all = new Set<string>()
  for (const name of await tablesWith(['%'])) {
    // As PostgreSQL writes a row: JSON made of it could not hold U+0000.
    const { rows } = await pool.query<{ row: string }>(`select each::text as row from "${name}" as each`)
    for (const { row } of rows) all.add(`${name} ${row}`)
  }
  return all
}

/** A row may move between the partitions of a table, which are not listed for that. */
async function tablesWith(columns: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct table_name as name
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> all($1) and column_name like any($2)
      and not (select relispartition from pg_class where oid = quote_ident(table_name)::regclass)`,
    [RESTLESS_TABLES, columns]
  )
  return rows.map(({ name }) => name)
}

/** Rows of others that are not as they were. */
async function lost(): Promise<string[]> {
  const now = await allRows()
  return [...before].filter((row) => !now.has(row))
}

/** New rows of the victim's account or workspaces. Who invites the victim changes a workspace of their own. */
async function gained(): Promise<string[]> {
  const places = [victim.owner.id, victim.owner.workspaceId, victim.ids.workspace, victim.ids.account]
  const found: string[] = []
  const inWorkspaces = new Set(await tablesWith(['workspace_id']))
  for (const column of ['workspace_id', 'account_id', 'actor_id']) {
    for (const name of await tablesWith([column])) {
      if (column === 'account_id' && inWorkspaces.has(name)) continue
      const { rows } = await pool.query<{ row: string }>(
        `select each::text as row from "${name}" as each where ${column} = any($1)`,
        [places]
      )
      found.push(...rows.map(({ row }) => `${name} ${row}`).filter((row) => !before.has(row)))
    }
  }
  // A workspace is told that its listener refuses many calls, and these tests make many.
  const { rows: told } = await pool.query<{ id: string }>(
    "select id from outbox_event where event->>'type' = 'sluice.listener.refusing'"
  )
  return found.filter((row) => !told.some(({ id }) => row.includes(id)))
}
