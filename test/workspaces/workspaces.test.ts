import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'
import { echoFlow } from '../fixtures/credentials.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice
const ada = await client.signUp('Ada')
const bob = await client.signUp('Bob')

t.test('201: a new workspace shows its key and, once only, its secret of 64 random bytes', async (t) => {
  const created = await client.call('POST', '/v1/workspaces', { as: ada.session, body: { name: 'Warehouse' } })
  t.equal(created.status, 201)
  t.match(created.json, {
    id: /^wsp_/,
    name: 'Warehouse',
    key: /^[0-9a-f]{32}$/,
    secret: /^[0-9a-f]{128}$/,
    role: 'owner'
  })
  t.equal(created.headers['cache-control'], 'no-store')

  const read = await client.call('GET', `/v1/workspaces/${created.json.id}`, { as: ada.session })
  t.equal(read.status, 200)
  t.notMatch(read.text, created.json.secret)
  t.notOk('secret' in read.json)
  const {
    rows: [row]
  } = await sluice.services.database.pool.query('select * from workspace where id = $1', [created.json.id])
  t.notMatch(JSON.stringify(row), created.json.secret, 'the secret is sealed at rest')
})

t.test('200: the list contains the workspaces of the account with its role, newest first, in pages', async (t) => {
  const person = await client.signUp()
  const made = []
  for (const name of ['one', 'two', 'three'])
    made.push((await client.call('POST', '/v1/workspaces', { as: person.session, body: { name } })).json.id)
  const first = await client.call('GET', '/v1/workspaces?limit=3', { as: person.session })
  t.same(
    first.json.items.map(({ id }: { id: string }) => id),
    made.toReversed()
  )
  t.equal(first.json.items[0].role, 'owner')
  const second = await client.call('GET', `/v1/workspaces?limit=3&cursor=${first.json.nextCursor}`, {
    as: person.session
  })
  t.same(
    second.json.items.map(({ id }: { id: string }) => id),
    [person.workspaceId]
  )
  t.equal(second.json.nextCursor, null)
})

t.test('404: a foreign workspace, an absent one and an invalid id get the same response from every call', async (t) => {
  const absent = 'wsp_0000000000000000000000'
  const calls: [string, string, unknown?][] = [
    ['GET', ''],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', ''],
    ['GET', '/members'],
    ['POST', '/members', { email: bob.email, role: 'owner' }],
    ['PATCH', `/members/${ada.id}`, { role: 'viewer' }],
    ['DELETE', `/members/${bob.id}`],
    ['GET', '/secrets'],
    ['PUT', '/secrets/a', { value: 'x' }],
    ['DELETE', '/secrets/a'],
    ['GET', '/flows'],
    ['POST', '/flows', echoFlow()],
    ['GET', '/listeners'],
    ['POST', '/listeners', { name: 'x', flowId: 'y' }]
  ]
  for (const [method, path, body] of calls) {
    const answers = []
    for (const id of [ada.workspaceId, absent, 'nonsense', '%00']) {
      const answer = await client.call(method, `/v1/workspaces/${id}${path}`, { as: bob.session, body })
      answers.push(`${answer.status} ${answer.text.replace(answer.json.requestId, '')}`)
    }
    t.match(answers[0], /^404 /, `${method} ${path}`)
    t.same(new Set(answers).size, 1, `${method} ${path}: one response`)
  }
})

t.test('200: an owner can rename a workspace; an editor cannot', async (t) => {
  const renamed = await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, {
    as: ada.session,
    body: { name: 'Renamed' }
  })
  t.equal(renamed.status, 200)
  t.equal(renamed.json.name, 'Renamed')
  const editor = await member(ada.workspaceId, 'editor')
  const refused = await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}`, {
    as: editor.session,
    body: { name: 'Mine' }
  })
  t.equal(refused.status, 403)
  t.equal(refused.json.code, 'insufficient_scope')
})

t.test('403: a viewer can only read; an editor can change flows, listeners and secrets, but not members', async (t) => {
  const viewer = await member(ada.workspaceId, 'viewer')
  const editor = await member(ada.workspaceId, 'editor')
  const at = `/v1/workspaces/${ada.workspaceId}`
  for (const path of ['', '/members', '/secrets', '/flows', '/listeners'])
    t.equal((await client.call('GET', at + path, { as: viewer.session })).status, 200, `viewer: GET ${path}`)
  const changes: [string, string, unknown, number][] = [
    ['PUT', '/secrets/api_key', { value: 'x' }, 201],
    ['POST', '/flows', echoFlow('roles'), 201],
    ['DELETE', '/secrets/api_key', undefined, 204],
    ['POST', '/members', { email: bob.email, role: 'owner' }, 403],
    ['DELETE', `/members/${ada.id}`, undefined, 403],
    ['PATCH', `/members/${editor.id}`, { role: 'owner' }, 403],
    ['DELETE', '', undefined, 403]
  ]
  for (const [method, path, body, forEditor] of changes) {
    t.equal(
      (await client.call(method, at + path, { as: viewer.session, body })).status,
      403,
      `viewer: ${method} ${path}`
    )
    t.equal(
      (await client.call(method, at + path, { as: editor.session, body })).status,
      forEditor,
      `editor: ${method} ${path}`
    )
  }
})

t.test('204: deleting a workspace deletes its flows, listeners and secrets; its runs and audit log stay', async (t) => {
  const { json: workspace } = await client.call('POST', '/v1/workspaces', {
    as: ada.session,
    body: { name: 'Short-lived' }
  })
  const at = `/v1/workspaces/${workspace.id}`
  const { json: flow } = await client.call('POST', `${at}/flows`, { as: ada.session, body: echoFlow() })
  const { json: listener } = await client.call('POST', `${at}/listeners`, {
    as: ada.session,
    body: { name: 'Echo', flowId: flow.id }
  })
  await client.call('PUT', `${at}/secrets/api_key`, { as: ada.session, body: { value: 'a value to be gone' } })
  t.equal((await client.call('GET', `/v1/dynamic/listener/${listener.id}`, { as: ada })).status, 200)
  await sluice.services.recorder.flush()

  t.equal((await client.call('DELETE', at, { as: ada.session })).status, 204)
  t.equal((await client.call('GET', at, { as: ada.session })).status, 404)
  t.equal(
    (await client.call('GET', `/v1/dynamic/listener/${listener.id}`, { as: ada })).status,
    404,
    'the next call finds no listener'
  )
  t.equal((await client.call('GET', `/v1/flows/${flow.id}`, { as: ada.session })).status, 404)
  const count = async (sql: string): Promise<number> =>
    Number((await sluice.services.database.pool.query<{ count: string }>(sql, [workspace.id])).rows[0]?.count)
  t.equal(await count('select count(*) from secret where workspace_id = $1'), 0)
  t.equal(await count('select count(*) from run where workspace_id = $1'), 1)
  t.ok((await count('select count(*) from audit_event where workspace_id = $1')) >= 4)
})

t.test('409: an account owns at most 100 workspaces', async (t) => {
  const person = await client.signUp()
  await sluice.services.database.pool.query(
    `
    with made as (
      insert into workspace (id, name, key, secret, created_at)
      select 'wsp_x' || n, 'x', 'key' || n, '', now() from generate_series(2, 100) n returning id
    )
    insert into member (workspace_id, account_id, role, created_at) select id, $1, 'owner', now() from made`,
    [person.id]
  )
  const refused = await client.call('POST', '/v1/workspaces', { as: person.session, body: { name: 'one too many' } })
  t.equal(refused.status, 409)
  t.match(refused.json.detail, /at most 100 workspaces/)
})

t.test('the audit log has every change and no secret', async (t) => {
  const { json: workspace } = await client.call('POST', '/v1/workspaces', {
    as: ada.session,
    body: { name: 'Audited' }
  })
  await client.call('PUT', `/v1/workspaces/${workspace.id}/secrets/api_key`, {
    as: ada.session,
    body: { value: 'unique-value-7301' }
  })
  const { rows } = await sluice.services.database.pool.query(
    'select action, actor_id, ip, request_id, details from audit_event where workspace_id = $1 order by at, id',
    [workspace.id]
  )
  t.same(rows.map(({ action }) => action).toSorted(), ['secret.set', 'workspace.created'])
  for (const row of rows) {
    t.equal(row.actor_id, ada.id)
    t.match(row, { ip: '127.0.0.1', request_id: /^req_/ })
  }
  t.notMatch(JSON.stringify(rows), 'unique-value-7301')
  t.notMatch(JSON.stringify(rows), workspace.secret)
})

async function member(workspaceId: string, role: 'editor' | 'viewer') {
  const person = await client.signUp()
  await addMember(client, ada, person, role, workspaceId)
  return person
}
