import t from 'tap'
import { echoFlow } from '../fixtures/credentials.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, services } = await startSluice(t, { role: 'gateway' })
const ada = await client.signUp('Ada')
const as = ada.session
const at = `/v1/workspaces/${ada.workspaceId}/flows`
const YAML = { 'Content-Type': 'application/yaml' }

const textOf = (name: string, comment: string): string =>
  `# ${comment}\ndocument: { dsl: 1.0.3, namespace: test, name: ${name}, version: 1.0.0 }\n\n` +
  `do:\n  - answer: # the only task\n      set: { text: 'ünï' }\n`

t.test('200: a flow keeps the text that was sent, comments and blank lines included', async (t) => {
  const text = textOf('commented', 'my comment')
  const saved = await client.call('POST', at, { as, raw: text, headers: YAML })
  t.equal(saved.status, 201, saved.text)
  t.strictSame(saved.json.source, { type: 'application/yaml', text })
  const path = `/v1/flows/${saved.json.id}`
  t.strictSame((await client.call('GET', path, { as })).json.source, { type: 'application/yaml', text })

  const yaml = await client.call('GET', path, { as, headers: { Accept: 'application/yaml' } })
  t.equal(yaml.text, text)
  t.match(yaml.headers, { 'content-type': 'application/yaml; charset=utf-8', etag: '"1"', vary: /Accept/ })

  const changed = textOf('commented', 'another')
  const second = await client.call('PUT', path, { as, raw: changed, headers: { ...YAML, 'If-Match': '"1"' } })
  t.equal(second.json.source.text, changed)
  t.equal((await client.call('GET', `${path}?version=1`, { as })).json.source.text, text, 'each version has its own')
})

t.test('200: JSON is kept as it was sent, and Accept is weighed', async (t) => {
  const raw = JSON.stringify(echoFlow('spaced'), null, 7)
  const saved = await client.call('POST', at, { as, raw, headers: { 'Content-Type': 'application/json' } })
  t.strictSame(saved.json.source, { type: 'application/json', text: raw })
  const typeFor = async (accept: string) =>
    (await client.call('GET', `/v1/flows/${saved.json.id}`, { as, headers: { Accept: accept } })).headers[
      'content-type'
    ]
  for (const accept of ['*/*', 'application/json', 'application/yaml;q=0.5, application/json', 'text/html, */*;q=0.8'])
    t.match(await typeFor(accept), /^application\/json/, accept)
  for (const accept of ['text/yaml', 'application/json;q=0.2, application/x-yaml', 'application/yaml, */*;q=0.1'])
    t.match(await typeFor(accept), /^application\/yaml/, accept)
})

t.test('200: a version that was saved without a text shows its document as JSON', async (t) => {
  const saved = await client.call('POST', at, { as, body: echoFlow('older') })
  await services.database.pool.query('update flow_version set source = null where flow_id = $1', [saved.json.id])
  const { source, document } = (await client.call('GET', `/v1/flows/${saved.json.id}`, { as })).json
  t.equal(source.type, 'application/json')
  t.strictSame(JSON.parse(source.text), document)
})

t.test('400: a text with U+0000, which the database cannot store', async (t) => {
  const refused = await client.call('POST', at, { as, raw: `${textOf('nul', 'a')}# \0\n`, headers: YAML })
  t.match(refused.json, { code: 'validation_failed', errors: [{ message: /U\+0000/ }] })
})

t.test('200: versions say who saved them and why, flows who published them', async (t) => {
  const saved = await client.call('POST', at, { as, raw: textOf('noted', 'one'), headers: YAML })
  t.match(saved.json, { namespace: 'test', publishedBy: { id: ada.id, name: 'Ada' } })
  const path = `/v1/flows/${saved.json.id}`
  await client.call('PUT', `${path}?note=${encodeURIComponent('in the query')}`, {
    as,
    raw: textOf('noted', 'two'),
    headers: YAML
  })
  const inBody = await client.call('PUT', path, { as, body: { ...echoFlow('noted'), note: 'in the body' } })
  t.equal(inBody.status, 200, inBody.text)
  t.strictSame(inBody.json.document, echoFlow('noted'), 'a note is no part of the document')
  await client.call('PUT', path, { as, body: echoFlow('noted') })
  t.equal(
    (await client.call('POST', `${path}/publish`, { as, body: { version: 4, note: 'on publishing' } })).status,
    200
  )
  const { items } = (await client.call('GET', `${path}/versions`, { as })).json
  t.strictSame(
    items.map(({ note }: { note: string | null }) => note),
    ['on publishing', 'in the body', 'in the query', null]
  )
  t.strictSame(items[0].createdBy, { id: ada.id, name: 'Ada' })
  for (const note of [7, 'x'.repeat(501)])
    t.match((await client.call('PUT', path, { as, body: { ...echoFlow('noted'), note } })).json, {
      code: 'validation_failed',
      errors: [{ pointer: '/note' }]
    })
})

t.test('200: lists of flows and listeners are searched by name, and say how much there is', async (t) => {
  const bob = await client.signUp('Bob')
  const flows = `/v1/workspaces/${bob.workspaceId}/flows`
  const ids: string[] = []
  for (const name of ['price-lookup', 'stock-100', 'stock-200'])
    ids.push((await client.call('POST', flows, { as: bob.session, body: echoFlow(name) })).json.id)
  const listeners = `/v1/workspaces/${bob.workspaceId}/listeners`
  for (const [index, name] of ['Prices', 'Stock 100%', 'Stock 1000'].entries())
    await client.call('POST', listeners, { as: bob.session, body: { name, flowId: ids[index] } })
  const names = async (path: string) => {
    const { items, total } = (await client.call('GET', path, { as: bob.session })).json
    return [items.map(({ name }: { name: string }) => name).join(), total]
  }
  t.strictSame(await names(flows), ['stock-200,stock-100,price-lookup', 3])
  t.strictSame(await names(`${flows}?q=STOCK&limit=1`), ['stock-200', 2])
  t.strictSame(await names(`${flows}?q=none`), ['', 0])
  t.strictSame(await names(`${listeners}?q=${encodeURIComponent('100%')}`), ['Stock 100%', 1])
  t.strictSame(await names(`${listeners}?flowId=${ids[2]}`), ['Stock 1000', 1])
})

t.test('200: with handling=lenient, validation answers with the faults, also those of the text', async (t) => {
  const lenient = { ...YAML, Prefer: 'handling=lenient' }
  const validate = (raw: string, headers: Record<string, string>) =>
    client.call('POST', '/v1/flows/validate', { as, raw, headers })
  const broken = textOf('broken', 'x').replace('set:', 'then: nowhere\n      set:')
  const answer = await validate(broken, lenient)
  t.equal(answer.status, 200)
  t.equal(answer.headers['preference-applied'], 'handling=lenient')
  t.equal(answer.json.valid, false)
  t.match(answer.json.errors, [{ pointer: '/do/0/answer/then', line: 6, column: Number, message: String }])
  t.match((await validate('a: [', lenient)).json, { valid: false, errors: [{ line: Number }] })
  t.strictSame((await validate(textOf('fine', 'x'), lenient)).json, { valid: true, errors: [] })
  t.equal((await validate(broken, YAML)).status, 400, 'without the preference it is an error')
  t.equal((await validate(broken, { ...YAML, Prefer: 'handling=strict' })).status, 400)
})
