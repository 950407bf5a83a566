import t from 'tap'
import { echoFlow } from '../fixtures/credentials.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}/flows`
const YAML = { 'Content-Type': 'application/yaml' }

/** A flow that answers with a text, so that its versions can be told apart. */
function answering(name: string, text: string): Record<string, unknown> {
  return { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: [{ answer: { set: { text } } }] }
}

async function save(document: unknown) {
  const answer = await client.call('POST', at, { as: ada.session, body: document })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json
}

async function listenerOf(flowId: string): Promise<string> {
  const answer = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name: 'test', flowId }
  })
  return `/v1/dynamic/listener/${answer.json.id}`
}

t.test('201: a document is saved as it was sent, as version 1, published', async (t) => {
  const document = answering('saved', 'one')
  const saved = await client.call('POST', at, { as: ada.session, body: document })
  t.equal(saved.status, 201)
  t.match(saved.json, {
    id: /^flw_/,
    workspaceId: ada.workspaceId,
    name: 'saved',
    version: 1,
    latestVersion: 1,
    publishedVersion: 1,
    createdAt: String,
    updatedAt: String
  })
  t.same(saved.json.document, document)
  t.equal(saved.headers.etag, '"1"')
  const read = await client.call('GET', `/v1/flows/${saved.json.id}`, { as: ada.session })
  t.same(read.json, saved.json)
  t.equal(read.headers.etag, '"1"')
})

t.test('201: every YAML media type is accepted, and text is stored unchanged', async (t) => {
  for (const [index, type] of [
    'application/yaml',
    'application/x-yaml',
    'text/yaml',
    'application/yaml; charset=utf-8'
  ].entries()) {
    const raw =
      `document: { dsl: 1.0.3, namespace: test, name: yaml-${index}, version: 1.0.0 }\n` +
      'do:\n  - answer:\n      set: { text: "héllo ünï" }\n'
    const saved = await client.call('POST', at, { as: ada.session, raw, headers: { 'Content-Type': type } })
    t.equal(saved.status, 201, `${type}: ${saved.text}`)
    t.equal(
      (await client.call('GET', `/v1/flows/${saved.json.id}`, { as: ada.session })).json.document.do[0].answer.set.text,
      'héllo ünï'
    )
  }
})

t.test('400: every fault of a YAML document at once, each with pointer, line and column', async (t) => {
  const raw =
    'document: { dsl: 1.0.3, namespace: test, name: broken, version: 1.0.0 }\ndo:\n' +
    '  - first:\n      set: { a: 1 }\n      then: nowhere\n  - second:\n      call: grpc\n      with: {}\n'
  for (const path of [at, '/v1/flows/validate']) {
    const refused = await client.call('POST', path, { as: ada.session, raw, headers: YAML })
    t.equal(refused.status, 400, path)
    t.equal(refused.json.code, 'validation_failed')
    const { errors } = refused.json
    t.match(
      errors.find(({ pointer }: { pointer: string }) => pointer === '/do/0/first/then'),
      { line: 5, column: Number, message: String }
    )
    t.match(
      errors.find(({ pointer }: { pointer: string }) => pointer.startsWith('/do/1/second')),
      { line: 7, message: /gRPC/ }
    )
    t.equal(refused.headers['content-type'], 'application/problem+json; charset=utf-8')
  }
})

t.test('400: a body that is empty, or is not JSON, YAML or a document', async (t) => {
  const bodies: [string, string][] = [
    ['application/json', '[]'],
    ['application/json', '"text"'],
    ['application/json', 'null'],
    ['application/json', '{'],
    ['application/json', ''],
    ['application/json', '{}'],
    ['application/yaml', 'a: b: c'],
    ['application/yaml', '*a'],
    ['application/yaml', ''],
    ['application/json', '['.repeat(100_000)],
    ['application/yaml', '['.repeat(100_000)]
  ]
  for (const [type, raw] of bodies) {
    const refused = await client.call('POST', at, { as: ada.session, raw, headers: { 'Content-Type': type } })
    t.equal(refused.status, 400, `${type} ${raw.slice(0, 20)}`)
    t.equal(refused.json.code, 'validation_failed', `${type} ${raw.slice(0, 20)}`)
    t.ok(refused.json.errors.length > 0)
  }
  t.equal((await client.call('POST', at, { as: ada.session, raw: '' })).json.code, 'validation_failed', 'no body')
})

t.test('413 and 415: a document that is too large, and an unsupported media type', async (t) => {
  t.equal(
    (
      await client.call('POST', at, {
        as: ada.session,
        raw: `"${'x'.repeat(600_000)}"`,
        headers: { 'Content-Type': 'application/json' }
      })
    ).status,
    413
  )
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
    t.equal(
      (await client.call('POST', at, { as: ada.session, raw: 'x', headers: { 'Content-Type': type } })).status,
      415,
      type
    )
  }
})

t.test('409: no two flows of a workspace share namespace and name; flows of different workspaces can', async (t) => {
  await save(answering('taken', 'one'))
  const again = await client.call('POST', at, { as: ada.session, body: answering('taken', 'two') })
  t.equal(again.status, 409)
  t.equal(again.json.errors[0].pointer, '/document/name')
  const elsewhere = {
    ...answering('taken', 'x'),
    document: { dsl: '1.0.3', namespace: 'other', name: 'taken', version: '1.0.0' }
  }
  t.equal((await client.call('POST', at, { as: ada.session, body: elsewhere })).status, 201, 'another namespace')
  const bob = await client.signUp('Bob')
  t.equal(
    (
      await client.call('POST', `/v1/workspaces/${bob.workspaceId}/flows`, {
        as: bob.session,
        body: answering('taken', 'x')
      })
    ).status,
    201,
    'another workspace'
  )

  const other = await save(answering('free', 'one'))
  t.equal(
    (await client.call('PUT', `/v1/flows/${other.id}`, { as: ada.session, body: answering('taken', 'x') })).status,
    409,
    'nor can a new version take it'
  )
  const names = await Promise.all(
    ['a', 'b', 'c', 'd'].map(
      async (text) => (await client.call('POST', at, { as: ada.session, body: answering('raced', text) })).status
    )
  )
  t.same(names.toSorted(), [201, 409, 409, 409], 'also where several ask at once')
})

t.test(
  'a new version runs from the first call after it is published, and an old one can be published again',
  async (t) => {
    const flow = await save(answering('versions', 'one'))
    const path = `/v1/flows/${flow.id}`
    const listener = await listenerOf(flow.id)
    const answer = async () => (await client.call('GET', listener, { as: ada })).json.text
    t.equal(await answer(), 'one')

    const second = await client.call('PUT', path, {
      as: ada.session,
      body: answering('versions', 'two'),
      headers: { 'If-Match': '"1"' }
    })
    t.equal(second.status, 200)
    t.match(second.json, { version: 2, latestVersion: 2, publishedVersion: 1 })
    t.equal(second.headers.etag, '"2"')
    t.equal(await answer(), 'one', 'saving publishes nothing')

    t.equal(
      (await client.call('POST', `${path}/publish`, { as: ada.session, body: { version: 2 } })).json.publishedVersion,
      2
    )
    t.equal(await answer(), 'two')
    await client.call('POST', `${path}/publish`, { as: ada.session, body: { version: 1 } })
    t.equal(await answer(), 'one')

    const old = await client.call('GET', `${path}?version=1`, { as: ada.session })
    t.equal(old.json.document.do[0].answer.set.text, 'one')
    t.equal(old.headers.etag, '"1"')
    t.equal(
      (await client.call('GET', path, { as: ada.session })).json.version,
      2,
      'without a version, the latest is shown'
    )
    t.equal((await client.call('GET', `${path}?version=3`, { as: ada.session })).status, 404)
    for (const version of ['0', '-1', 'x', '2147483648'])
      t.equal((await client.call('GET', `${path}?version=${version}`, { as: ada.session })).status, 400, version)
    const none = await client.call('POST', `${path}/publish`, { as: ada.session, body: { version: 3 } })
    t.equal(none.status, 400)
    t.equal(none.json.errors[0].pointer, '/version')
  }
)

t.test('409: If-Match names another version than the latest; without it, or with *, the last write wins', async (t) => {
  const flow = await save(answering('matched', 'one'))
  const put = async (match?: string) => {
    const answer = await client.call('PUT', `/v1/flows/${flow.id}`, {
      as: ada.session,
      body: answering('matched', 'next'),
      headers: match === undefined ? {} : { 'If-Match': match }
    })
    return answer.status
  }
  t.equal(await put(), 200)
  t.equal(await put('*'), 200)
  for (const stale of ['"1"', '"2"', '"4"', 'W/"3"', '"x"', '"1", "2"', '']) t.equal(await put(stale), 409, stale)
  t.equal(await put('"3"'), 200)
  t.equal(await put('"1", "4"'), 200)
  t.equal(await put('5'), 200)
  t.same(
    (await Promise.all([put('"6"'), put('"6"'), put('"6"')])).toSorted(),
    [200, 409, 409],
    'of several at once, one wins'
  )
})

t.test('200: versions are listed newest first, in pages, and never change', async (t) => {
  const flow = await save(answering('listed', 'one'))
  for (const text of ['two', 'three'])
    await client.call('PUT', `/v1/flows/${flow.id}`, { as: ada.session, body: answering(`listed-${text}`, text) })
  const first = await client.call('GET', `/v1/flows/${flow.id}/versions?limit=2`, { as: ada.session })
  const second = await client.call('GET', `/v1/flows/${flow.id}/versions?limit=2&cursor=${first.json.nextCursor}`, {
    as: ada.session
  })
  t.match(
    [...first.json.items, ...second.json.items],
    [
      { version: 3, name: 'listed-three', published: false, createdBy: { id: ada.id, name: 'Ada' } },
      { version: 2, name: 'listed-two', published: false },
      { version: 1, name: 'listed', published: true }
    ]
  )
  t.equal(second.json.nextCursor, null)
  t.equal(
    (await client.call('GET', `/v1/flows/${flow.id}`, { as: ada.session })).json.name,
    'listed-three',
    'the flow is called what its latest version says'
  )
})

t.test('200: the flows of a workspace, newest first, without their documents', async (t) => {
  const person = await client.signUp()
  const path = `/v1/workspaces/${person.workspaceId}/flows`
  for (const name of ['a', 'b', 'c'])
    await client.call('POST', path, { as: person.session, body: answering(name, name) })
  const first = await client.call('GET', `${path}?limit=2`, { as: person.session })
  const second = await client.call('GET', `${path}?limit=2&cursor=${first.json.nextCursor}`, { as: person.session })
  t.same(
    [...first.json.items, ...second.json.items].map(({ name }) => name),
    ['c', 'b', 'a']
  )
  t.notOk('document' in first.json.items[0])
})

t.test('200: validating reports what saving would, and saves nothing', async (t) => {
  const valid = await client.call('POST', '/v1/flows/validate', {
    as: ada.session,
    body: answering('only-looked-at', 'x')
  })
  t.equal(valid.status, 200)
  t.same(valid.json, { valid: true, errors: [] })
  const { json } = await client.call('GET', `${at}?limit=200`, { as: ada.session })
  t.notOk(json.items.some(({ name }: { name: string }) => name === 'only-looked-at'))
})

t.test('409 while a listener uses it, then 204: a flow is deleted with its versions', async (t) => {
  const flow = await save(answering('deleted', 'one'))
  const listener = (await listenerOf(flow.id)).split('/').at(-1)
  const refused = await client.call('DELETE', `/v1/flows/${flow.id}`, { as: ada.session })
  t.equal(refused.status, 409)
  await client.call('DELETE', `/v1/listeners/${listener}`, { as: ada.session })
  t.equal((await client.call('DELETE', `/v1/flows/${flow.id}`, { as: ada.session })).status, 204)
  t.equal((await client.call('GET', `/v1/flows/${flow.id}`, { as: ada.session })).status, 404)
  t.equal(
    (await sluice.services.database.pool.query('select 1 from flow_version where flow_id = $1', [flow.id])).rowCount,
    0
  )
})

t.test('200: the diagram is Mermaid text', async (t) => {
  const flow = await save(answering('drawn', 'one'))
  const answer = await client.call('GET', `/v1/flows/${flow.id}/diagram`, { as: ada.session })
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
  t.match(answer.text, /^flowchart/)
  t.match(answer.text, 'answer')
})

t.test(
  '404: a flow of another workspace, an absent flow and an invalid id get the same answer from every operation',
  async (t) => {
    const flow = await save(echoFlow('private'))
    const bob = await client.signUp('Bob')
    const calls: [string, string, unknown?][] = [
      ['GET', ''],
      ['GET', '?version=1'],
      ['PUT', '', echoFlow()],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['POST', '/publish', { version: 1 }],
      ['POST', '/simulate', { input: null, live: true }],
      ['GET', '/diagram']
    ]
    for (const [method, path, body] of calls) {
      const answers = new Set<string>()
      for (const id of [flow.id, 'flw_0000000000000000000000', 'nonsense', '%00']) {
        const answer = await client.call(method, `/v1/flows/${id}${path}`, { as: bob.session, body })
        answers.add(`${answer.status} ${answer.text.replace(answer.json.requestId, '')}`)
      }
      t.equal(answers.size, 1, `${method} ${path}`)
      t.match([...answers][0], /^404 /, `${method} ${path}`)
    }
  }
)

t.test('403: a viewer can read flows but not change them', async (t) => {
  const flow = await save(echoFlow('viewed'))
  const viewer = await client.signUp()
  await addMember(client, ada, viewer, 'viewer')
  for (const path of ['', '/versions', '/diagram'])
    t.equal((await client.call('GET', `/v1/flows/${flow.id}${path}`, { as: viewer.session })).status, 200, path)
  const changes: [string, string, unknown?][] = [
    ['PUT', '', echoFlow('viewed')],
    ['DELETE', ''],
    ['POST', '/publish', { version: 1 }],
    ['POST', '/simulate', { input: null, live: true }]
  ]
  for (const [method, path, body] of changes)
    t.equal(
      (await client.call(method, `/v1/flows/${flow.id}${path}`, { as: viewer.session, body })).status,
      403,
      `${method} ${path}`
    )
})

t.test('409: a workspace holds at most 1,000 flows', async (t) => {
  const person = await client.signUp()
  await sluice.services.database.pool.query(
    "insert into flow select 'flw_x' || n, $1, 'n' || n, 1, 1, now(), now() from generate_series(1, 1000) n",
    [person.workspaceId]
  )
  t.equal(
    (await client.call('POST', `/v1/workspaces/${person.workspaceId}/flows`, { as: person.session, body: echoFlow() }))
      .status,
    409
  )
})

t.test('400: a document that contains U+0000, which the database cannot store', async (t) => {
  const answer = await client.call('POST', at, {
    as: ada.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'nul', version: '1.0.0' },
      do: [{ answer: { set: { text: 'a\u0000b' } } }]
    }
  })
  t.match(answer.json, { status: 400, code: 'validation_failed', errors: [{ message: /U\+0000/ }] })
  const escaped = await client.call('POST', at, {
    as: ada.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'no-nul', version: '1.0.0' },
      do: [{ answer: { set: { text: 'a\\u0000b' } } }]
    }
  })
  t.equal(escaped.status, 201, escaped.text)
})
