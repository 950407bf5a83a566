import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import t from 'tap'
import { echoFlow } from '../fixtures/credentials.ts'
import { startSluice } from '../fixtures/sluice.ts'

interface Schema {
  default?: unknown
  required?: string[]
  properties?: Record<string, Schema>
  examples?: unknown[]
  [keyword: string]: unknown
}

interface Media {
  schema: Schema
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; example?: unknown }[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
}

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const { client } = await startSluice(t, { role: 'gateway' })
const ada = await client.signUp('Ada')
const as = ada.session
const document = (await client.call<Document>('GET', '/openapi.json')).json
const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
const operation = (id: string) => operations.find(({ operationId }) => operationId === id)

const ajv = new Ajv({ strict: false, validateFormats: true })
formats.default(ajv)
ajv.addFormat('web-origin', true).addFormat('cidr', true).addFormat('binary', true)
ajv.addSchema({ $id: 'openapi', components: document.components })
/** The faults of a value against a schema whose references lead into the document. */
function faults(schema: Schema, value: unknown): unknown {
  const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components')) as object
  return ajv.validate(resolved, value) ? null : ajv.errors
}

function* schemasOf(schema: unknown): Generator<Schema> {
  if (typeof schema !== 'object' || schema === null) return
  if (!Array.isArray(schema)) yield schema as Schema
  for (const [keyword, inner] of Object.entries(schema))
    if (keyword !== 'examples' && keyword !== 'example' && keyword !== 'default') yield* schemasOf(inner)
}

t.test('what has a default is optional, in queries and in bodies', async (t) => {
  const limit = operation('listFlows')?.parameters?.find(({ name }) => name === 'limit')
  t.match(limit, { in: 'query', schema: { default: 50 } })
  t.not(limit?.required, true)
  const body = operation('createToken')?.requestBody?.content['application/json']?.schema
  t.match(body, { required: ['name', 'days'], properties: { format: { default: 'opaque' } } })
  for (const { operationId, parameters = [], requestBody } of operations) {
    for (const { name, required, schema } of parameters)
      t.notOk(required === true && schema.default !== undefined, `${operationId} ${name}`)
    for (const schema of schemasOf(requestBody?.content))
      for (const name of Array.isArray(schema.required) ? schema.required : [])
        t.equal(schema.properties?.[name]?.default, undefined, `${operationId} ${name}`)
  }
})

t.test('every example fits what it is an example of', async (t) => {
  let seen = 0
  const check = (name: string, schema: Schema, example: unknown) => {
    seen++
    t.strictSame(faults(schema, example), null, `${name} ${JSON.stringify(example)}`)
  }
  for (const { operationId, parameters = [], requestBody } of operations) {
    for (const { name, schema, example } of parameters)
      if (example !== undefined) check(`${operationId} ${name}`, schema, example)
    for (const [type, { schema, example, examples = {} }] of Object.entries(requestBody?.content ?? {}))
      for (const given of [example, ...Object.values(examples).map(({ value }) => value)])
        if (given !== undefined) check(`${operationId} ${type}`, schema, given)
    const media = Object.values(requestBody?.content ?? {})
    for (const { schema: outer } of [...parameters, ...media])
      for (const schema of schemasOf(outer))
        for (const example of schema.examples ?? []) check(operationId, schema, example)
  }
  for (const [name, component] of Object.entries(document.components.schemas))
    for (const schema of schemasOf(component)) for (const example of schema.examples ?? []) check(name, schema, example)
  t.ok(seen > 20, `${seen} examples`)
})

t.test('the call of a listener takes any query and any body', async (t) => {
  for (const method of ['Get', 'Post', 'Put', 'Patch', 'Delete']) {
    const call = operation(`callListener${method}`)
    const query = call?.parameters?.find((parameter) => parameter.in === 'query')
    t.match(query, { style: 'form', explode: true, schema: { type: 'object', additionalProperties: true } }, method)
    t.not(query?.required, true)
    if (method === 'Get') t.notOk(call?.requestBody)
    else t.strictSame(faults(call?.requestBody?.content['application/json']?.schema ?? {}, [1, 'any']), null, method)
  }
})

t.test('200: a trailing slash changes nothing, on calls of listeners as well', async (t) => {
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows/`, { as, body: echoFlow() })
  t.equal(flow.status, 201, flow.text)
  const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as,
    body: { name: 'echo', flowId: flow.json.id }
  })
  const called = await client.call('GET', `/v1/dynamic/listener/${listener.json.id}/?sku=1`, { as: ada })
  t.match(called.json, { query: { sku: '1' } }, called.text)
  t.equal((await client.call('GET', '/v1/account/', { as })).status, 200)
  t.equal((await client.call('PUT', '/v1/account/', { as, body: {} })).status, 405)
  t.equal((await client.call('GET', '/v1/account//', { as })).status, 404)
})

t.test('200: a listener describes itself by the schemas of its published flow', async (t) => {
  const document = {
    ...echoFlow('described'),
    input: {
      schema: {
        document: {
          type: 'object',
          required: ['query'],
          properties: {
            query: { type: 'object', required: ['sku'], properties: { sku: { $ref: '#/$defs/sku' }, unit: {} } },
            headers: { type: 'object', properties: { 'x-shop': { type: 'string' }, accept: { type: 'string' } } },
            body: { type: 'array', items: { $ref: '#/$defs/sku' } }
          },
          $defs: { sku: { type: 'string', pattern: '^[A-Z]-\\d+$' } }
        }
      }
    },
    output: { schema: { document: { type: 'object', properties: { price: { type: 'number' } } } } }
  }
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, { as, body: document })
  t.equal(flow.status, 201, flow.text)
  const listener = (
    await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
      as,
      body: { name: 'Price lookup', flowId: flow.json.id, methods: ['GET', 'POST'], auth: { carriers: ['bearer'] } }
    })
  ).json
  const answer = await client.call('GET', `/v1/listeners/${listener.id}/openapi.json`, { as })
  t.equal(answer.status, 200, answer.text)
  const { Validator } = await import('@seriousme/openapi-schema-validator')
  const valid = await new Validator().validate(structuredClone(answer.json))
  t.ok(valid.valid, JSON.stringify(valid.errors))
  const path = answer.json.paths[new URL(listener.url).pathname]
  t.strictSame(Object.keys(path), ['get', 'post'])
  t.match(path.get, { operationId: 'priceLookupGet', security: [{ token: [] }] })
  t.strictSame(path.get.parameters, [
    { name: 'sku', in: 'query', required: true, schema: { $ref: '#/components/schemas/Input/$defs/sku' } },
    { name: 'unit', in: 'query', required: false, schema: {} },
    { name: 'x-shop', in: 'header', required: false, schema: { type: 'string' } }
  ])
  t.notOk(path.get.requestBody)
  t.match(path.post.requestBody, {
    content: { 'application/json': { schema: { items: { $ref: '#/components/schemas/Input/$defs/sku' } } } }
  })
  t.match(answer.json.components.schemas, { Output: document.output.schema.document, Problem: { type: 'object' } })
  t.strictSame(Object.keys(answer.json.components.securitySchemes), ['token'])

  const bob = await client.signUp('Bob')
  const foreign = await client.call('GET', `/v1/listeners/${listener.id}/openapi.json`, { as: bob.session })
  t.equal(foreign.status, 404)
})

t.test('200: a listener whose flow has no schemas takes anything', async (t) => {
  const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, { as, body: echoFlow('plain') })
  const { id } = (
    await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
      as,
      body: { name: '价格', flowId: flow.json.id, respond: 'http', auth: { anonymous: true } }
    })
  ).json
  const { paths } = (await client.call('GET', `/v1/listeners/${id}/openapi.json`, { as })).json
  const path = paths[`/v1/dynamic/listener/${id}`]
  t.strictSame(Object.keys(path), ['get', 'post', 'put', 'patch', 'delete'])
  t.equal(path.post.operationId, 'callPost')
  t.match(path.post, { parameters: [{ in: 'query', explode: true }], requestBody: { required: false } })
  t.match(path.post.responses, { '2XX': {}, default: {} })
  t.strictSame(path.post.security.at(-1), {}, 'no credential is needed')
})

t.test('200: the schema of documents is public', async (t) => {
  const { status, json } = await client.call('GET', '/v1/flows/schema')
  t.equal(status, 200)
  t.match(json, { $schema: /2020-12/, required: ['document', 'do'] })
})
