import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core'
import spectralRules from '@stoplight/spectral-rulesets'
import converter from 'openapi-to-postmanv2'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'
import { kindsOf, makeWorld } from '../fixtures/world.ts'

// Other people's tools read the OpenAPI document, as they are.

const { client } = await startSluice(t, { role: 'gateway' })
const { text } = await client.call('GET', '/openapi.json')

/**
 * The rules that the document does not follow:
 * - the problems of an operation are its `default` answer, where no status is its own
 * - a summary says what most operations are, and a description is for what it leaves open
 * - the rule for scopes is that of OpenAPI 3.0: 3.1 lets other schemes than OAuth name roles (section 4.8.30)
 */
const NOT_FOLLOWED = [
  'operation-4xx-response',
  'operation-description',
  'oas3-operation-security-defined',
  'info-contact'
]

t.test('Redocly has no error, and no warning but what is left out on purpose', async (t) => {
  const config = await createConfig({ extends: ['recommended'] })
  const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config })
  for (const { ruleId, message, location, severity } of found) {
    const where = `${ruleId}: ${message} ${location[0]?.pointer}`
    t.not(severity, 'error', where)
    t.ok(NOT_FOLLOWED.includes(ruleId), where)
  }
})

t.test("Spectral's rules for OpenAPI have no error, and no warning but what is left out on purpose", async (t) => {
  const { Spectral } = spectralCore
  const spectral = new Spectral()
  // Its type and its own rules disagree on optional members.
  spectral.setRuleset({ extends: [[spectralRules.oas as RulesetDefinition, 'recommended']] })
  const found = await spectral.run(JSON.parse(text))
  for (const { code, message, path, severity } of found) {
    const where = `${code}: ${message} ${path.join('/')}`
    t.not(severity, 0, where)
    t.ok(NOT_FOLLOWED.includes(String(code)), where)
  }
})

interface PostmanItem {
  name: string
  item?: PostmanItem[]
  request: {
    method: string
    url: { path: string[]; query?: { key: string; value: string; disabled?: boolean }[] }
    header?: { key: string; value: string }[]
    body?: { raw?: string; urlencoded?: { key: string; value: string }[] }
  }
}

t.test('Postman imports it, and the calls of the collection answer', async (t) => {
  const items = await importedItems(text)
  t.ok(items.length > 120, `${items.length} calls`)
  const { owner, ids, principals } = await makeWorld(client, 'collection')
  // Reads first: the others change or remove what they read.
  const reads = items.filter(({ request }) => request.method === 'GET')
  for (const item of [...reads, ...items.filter((item) => !reads.includes(item))]) {
    const { method, url, header = [], body } = item.request
    const template = `/${url.path.map((part) => part.replace(/^:(.*)$/, '{$1}')).join('/')}`
    const filled = kindsOf(template).reduce((path, kind) => path.replace(/\{\w+\}/, ids[kind]), template)
    const query = (url.query ?? []).filter(({ disabled }) => !disabled)
    const search = urlEncoded(query)
    const isUser = filled === '/v1/users/me'
    const credential = isUser
      ? { headers: [['accessToken', String(principals.integration?.as)] as const] }
      : { as: { email: owner.email, password: owner.password } }
    const raw = body?.raw ?? (body?.urlencoded ? urlEncoded(body.urlencoded) : undefined)
    const answer = await client.call(method, search === '' ? filled : `${filled}?${search}`, {
      ...credential,
      ...(raw === undefined || isUser
        ? {}
        : {
            raw,
            headers: header.filter(({ key }) => key === 'Content-Type').map(({ key, value }) => [key, value] as const)
          }),
      headersOnly: /\/(?:feed|events)$/.test(template) && !template.endsWith('}/events')
    })
    const where = `${method} ${template}: ${answer.status} ${answer.text.slice(0, 300)}`
    t.ok(answer.status < 500, where)
    // The calls of agents agree on a stream in their headers, which no description has.
    if (template !== '/v1/mcp') t.notOk([405, 406, 415].includes(answer.status), where)
    if (method === 'GET') t.ok(answer.status < 300 || MAY_BE_ABSENT.test(template), where)
  }
})

/** What a workspace may not have, and what a person is not. */
const MAY_BE_ABSENT = /\/(?:event-sink|schedule)$|^\/v1\/(?:dynamic|call|admin)\//

async function importedItems(text: string): Promise<PostmanItem[]> {
  const { promise, resolve, reject } = Promise.withResolvers<PostmanItem[]>()
  converter.convertV2(
    { type: 'json', data: JSON.parse(text) },
    { parametersResolution: 'Example', enableOptionalParameters: false },
    (error, result) => {
      const [collection] = result?.output ?? []
      if (collection) resolve((collection.data as { item: PostmanItem[] }).item)
      else reject(new Error(error?.message ?? 'nothing was imported'))
    }
  )
  const flat = (item: PostmanItem): PostmanItem[] => item.item?.flatMap(flat) ?? [item]
  return (await promise).flatMap(flat)
}

function urlEncoded(fields: { key: string; value: string }[]): string {
  return new URLSearchParams(fields.map(({ key, value }) => [key, value] as [string, string])).toString()
}
