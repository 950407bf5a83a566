import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { FAULTS } from '../../src/lib/fault.ts'
import { openApiDocument } from '../fixtures/openapi-document.ts'
import { startSluice } from '../fixtures/sluice.ts'

/** Not part of the API: the pages that show it, and what browsers ask before a call. */
const HIDDEN = /^(?:\/(?:docs|console|membrane)(?:[/*].*)?|\/\*)$/

interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  security?: Record<string, string[]>[]
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, unknown> }>
  requestBody?: { content: Record<string, { schema: object; example?: unknown; examples?: unknown }> }
}

type Document = {
  openapi: string
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, object>
    responses: Record<
      string,
      { content: Record<string, { examples?: Record<string, { value: { code: string; status: number } }> }> }
    >
    securitySchemes: Record<string, object>
  }
}

const { client, app, services } = await startSluice(t)
const document = (await client.call<Document>('GET', '/openapi.json')).json
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation }))
)

t.test('it is a valid OpenAPI 3.1 document', async (t) => {
  t.match(document.openapi, /^3\.1\./)
  const result = await new Validator().validate(structuredClone(document))
  t.ok(result.valid, JSON.stringify(result.errors))
  t.strictSame(document.servers, [{ url: services.publicUrl }])
})

t.test('it is the document that all answers to tests are checked against', async (t) => {
  const kept = await openApiDocument('all', () => {
    throw new Error('the start of the gateway has kept it')
  })
  for (const part of ['paths', 'components'] as const)
    t.equal(JSON.stringify(kept[part]), JSON.stringify(document[part]), part)
})

t.test('every route is in it, or hidden on purpose', async (t) => {
  const routes = app.printRoutes({ commonPrefix: false, includeHooks: false })
  t.ok(routes.includes('healthz'), 'the list of routes is read as expected')
  const known = new Set(operations.map(({ name }) => name.replaceAll(/\{\w+\}/g, '{}')))
  for (const { method, url } of listRoutes(routes)) {
    if (HIDDEN.test(url) || method === 'OPTIONS') continue
    // Answered by what answers GET.
    if (method === 'HEAD' && known.has(`GET ${url}`)) continue
    // The document names what a wildcard stands for.
    t.ok(known.has(`${method} ${url.replace(/\/\*$/, '/{}')}`), `${method} ${url}`)
  }
})

t.test('every reference leads somewhere, and names are ours', async (t) => {
  const references = new Set(
    [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
  )
  t.ok(references.size > 0)
  for (const reference of references) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>(
        (value, part) =>
          (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
        document
      )
    t.ok(reference.startsWith('#/') && target !== undefined, reference)
  }
  t.strictSame(
    Object.keys(document.components.schemas).filter((name) => name.startsWith('def-')),
    []
  )
})

t.test('every operation says what it is, who may call it, how it succeeds and how it fails', async (t) => {
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const { name, operation } of operations) {
    t.ok(operation.summary, `${name} has a summary`)
    t.ok(operation.tags?.length === 1 && tags.has(operation.tags[0] ?? ''), `${name} has one tag that is described`)
    t.ok(operation.security, `${name} says who may call it`)
    for (const scheme of operation.security?.flatMap((one) => Object.keys(one)) ?? [])
      t.ok(document.components.securitySchemes[scheme], `${name}: ${scheme} is described`)
    const statuses = Object.keys(operation.responses)
    t.ok(
      statuses.some((status) => status.startsWith('2')),
      `${name} has a success`
    )
    t.ok(operation.responses.default?.$ref, `${name} has its problems`)
    if (operation.security?.length)
      t.ok(statuses.includes('401') && statuses.includes('403'), `${name} can refuse who calls`)
    for (const [status, answer] of Object.entries(operation.responses))
      t.not(answer.description, 'Default Response', `${name} ${status} says what it is`)
  }
})

t.test('every operation has an id of its own that any language takes as a name', async (t) => {
  for (const { name, operation } of operations) {
    t.ok(operation.operationId, `${name} has an operation id`)
    // Lower camel case, without the words that come of a path: a generated client reads as prose.
    t.match(operation.operationId ?? '', /^[a-z]+(?:[A-Z][a-z]+)+$/, `${name}: ${operation.operationId}`)
  }
  const ids = operations.map(({ operation }) => operation.operationId)
  t.strictSame(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
    'no two operations share an id'
  )
  for (const id of ['createToken', 'listFlows', 'rotateToken', 'callListenerGet', 'callListenerPost'])
    t.ok(ids.includes(id), id)
})

t.test('a path parameter is named after what it identifies, the same in every path', async (t) => {
  const names = new Set(operations.flatMap(({ name }) => [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))
  t.strictSame([...names].sort(), [
    'accountId',
    'actionId',
    'code',
    'customerId',
    'eventId',
    'flowId',
    'invitationId',
    'keyId',
    'listenerId',
    'name',
    'path',
    'requestId',
    'runId',
    'sessionId',
    'sinkId',
    'slug',
    'tokenId',
    'workspaceId'
  ])
})

t.test('who may call: routes without a guard are public, a listener takes every carrier', async (t) => {
  const securityOf = (method: string, path: string) =>
    document.paths[path]?.[method]?.security?.flatMap((one) => Object.keys(one))
  t.strictSame(securityOf('post', '/v1/accounts'), [])
  t.strictSame(securityOf('get', '/healthz'), [])
  t.strictSame(securityOf('get', '/v1/account'), ['session', 'cookie', 'basic'])
  const carriers = [
    'token',
    'basic',
    'accessTokenHeader',
    'jwtTokenHeader',
    'accessTokenQuery',
    'tokenQuery',
    'jwtTokenQuery'
  ]
  for (const method of ['get', 'post', 'put', 'patch', 'delete'])
    t.strictSame(securityOf(method, '/v1/dynamic/listener/{listenerId}'), carriers, method)
})

t.test('every problem has an example for each of its codes', async (t) => {
  const shown = new Set<string>()
  for (const [name, { content }] of Object.entries(document.components.responses)) {
    for (const [code, { value }] of Object.entries(content['application/problem+json']?.examples ?? {})) {
      shown.add(code)
      t.equal(value.code, code, name)
      t.equal(`Problem${value.status}`, name, `${code} stands under its status`)
    }
  }
  t.strictSame([...shown].sort(), Object.keys(FAULTS).sort())
})

t.test('every body of an admin call has an example', async (t) => {
  for (const { name, operation } of operations.filter(({ operation }) => operation.tags?.[0] === 'admin')) {
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
      t.ok(media.example ?? media.examples ?? /"examples":\[/.test(JSON.stringify(media.schema)), `${name} ${type}`)
    }
  }
})

interface Route {
  method: string
  url: string
}

/**
 * The routes out of Fastify's printed tree: a part of a path each line, with the methods that end there. Parameters
 * have no names: routes share them.
 */
function listRoutes(tree: string): Route[] {
  const routes: Route[] = []
  const path: string[] = []
  for (const line of tree.split('\n')) {
    const match = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (!match) continue
    const depth = (match[1] ?? '').length / 4
    path.length = depth
    path[depth] = match[2] ?? ''
    const url = path.join('').replaceAll(/:\w+(?:\|:\w+)*/g, '{}')
    for (const method of match[3]?.split(', ') ?? []) routes.push({ method, url })
  }
  return routes
}
