import t from 'tap'
import { startSluice } from '../../fixtures/sluice.ts'
import { addMember } from '../../fixtures/members.ts'

const { client } = await startSluice(t, { role: 'gateway' })
const [ada, vera] = [await client.signUp('Ada'), await client.signUp('Vera')]
const base = `/v1/workspaces/${ada.workspaceId}`
const header = (name: string) => ({ dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' })
const CALL = { ask: { call: 'http', with: { method: 'get', endpoint: 'https://erp.example/price' } } }
const parent = {
  document: header('parent'),
  do: [{ inner: { run: { workflow: { namespace: 'test', name: 'child', version: '1.0.0' } } } }]
}
const child = { document: header('child'), do: [CALL, { wrap: { set: { wrapped: '${ .price }' } } }] }
const saved = await client.call('POST', `${base}/flows`, { as: ada.session, body: child })
await client.call('PUT', `${base}/secrets/erp`, {
  as: ada.session,
  body: { value: { user: 'me', password: 'a very secret value' } }
})
await addMember(client, ada, vera, 'viewer')

const simulate = (body: object, { path = `${base}/flows/simulate`, as = ada.session } = {}) =>
  client.call('POST', path, { as, body })

t.test('200: a draft finds the flows of its workspace, and their tasks are mocked through its own', async (t) => {
  const answer = await simulate({
    document: parent,
    mocks: { '/do/0/inner/do/0/ask': { output: { price: 7 } } }
  })
  t.match(answer.json, { status: 'succeeded', output: { wrapped: 7 } }, answer.text)
  t.match(
    answer.json.steps.map(({ pointer }: { pointer: string }) => pointer),
    ['/do/0/inner/do/0/ask', '/do/0/inner/do/1/wrap', '/do/0/inner']
  )
  const unmocked = await simulate({ document: parent })
  t.match(unmocked.json, { status: 'failed', error: { title: 'Not mocked' } })
  t.match(unmocked.json.error.detail, 'mocks["/do/0/inner/do/0/ask"]', 'it names the mock that is missing')
  const stray = await simulate({ document: parent, mocks: { '/do/0/other/do/0/ask': { output: 1 } } })
  t.equal(stray.status, 400)
})

t.test('200: a draft of a saved flow runs in its place, as data or as text', async (t) => {
  const path = `/v1/flows/${saved.json.id}/simulate`
  const draft = { document: header('child'), do: [{ answer: { set: { draft: true } } }] }
  t.match((await simulate({ document: draft }, { path })).json, { output: { draft: true } })
  const source =
    'document: { dsl: 1.0.3, namespace: test, name: child, version: 1.0.0 }\ndo:\n  - a: { set: { b: 2 } }\n'
  t.match((await simulate({ source }, { path })).json, { output: { b: 2 } })
  t.match((await simulate({ source: JSON.stringify(draft, null, '\t') }, { path })).json, { output: { draft: true } })
  t.match((await client.call('GET', `/v1/flows/${saved.json.id}`, { as: ada.session })).json, { latestVersion: 1 })
})

t.test('200: a draft sees the shape of the secrets of its workspace', async (t) => {
  const answer = await simulate({
    document: {
      document: header('secretive'),
      use: { secrets: ['erp'] },
      do: [{ ask: { ...CALL.ask, input: { from: '${ $secrets.erp }' } } }]
    },
    mocks: { '/do/0/ask': { output: {} } }
  })
  t.strictSame(answer.json.steps[0].input, { user: '[secret]', password: '[secret]' }, answer.text)
})

t.test('400: a fault of a text has its line; document and source exclude each other; one is needed', async (t) => {
  const source = 'document: { dsl: 1.0.3, namespace: test, name: child, version: 1.0.0 }\ndo:\n  - a: { cal: http }\n'
  t.match((await simulate({ source })).json, { code: 'validation_failed', errors: [{ pointer: '/do/0/a', line: 3 }] })
  t.match((await simulate({ source: 'a: [' })).json, { code: 'validation_failed', errors: [{ line: Number }] })
  t.match((await simulate({ source, document: parent })).json, { errors: [{ pointer: '/source' }] })
  t.match((await simulate({})).json, { errors: [{ pointer: '/document' }] })
})

t.test('403: a viewer simulates, but not live; 404: a stranger does neither', async (t) => {
  const document = { document: header('plain'), do: [{ a: { set: { b: 1 } } }] }
  for (const path of [`${base}/flows/simulate`, `/v1/flows/${saved.json.id}/simulate`]) {
    t.match((await simulate({ document }, { path, as: vera.session })).json, { output: { b: 1 } })
    t.match((await simulate({ document, live: true }, { path, as: vera.session })).json, { code: 'insufficient_scope' })
    const stranger = await client.signUp('Stranger')
    t.equal((await simulate({ document }, { path, as: stranger.session })).status, 404)
  }
})
