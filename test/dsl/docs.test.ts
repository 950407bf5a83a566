import { readFile } from 'node:fs/promises'
import t from 'tap'
import { DEFAULT_LIMITS } from '../../src/dsl/expressions/expressions.ts'
import { SCHEMA_LIMITS } from '../../src/dsl/json-schema/bounds.ts'
import { DEFAULT_FLOW_LIMITS, DOCUMENT_LIMITS, type HttpCall, type HttpReply } from '../../src/dsl/index.ts'
import { testPorts } from './fixtures/ports.ts'
import { workbench } from './fixtures/run.ts'

const HEADER = "document: { dsl: '1.0.3', namespace: docs, name: docs, version: '1.0.0' }\n"

const text = await readFile(new URL('../../docs/flows.md', import.meta.url), 'utf8')
const { run } = workbench(t)

const EXAMPLE =
  /^(#{2,3}) (.+)\n(?:(?!^#{2,3} )[^])*?```yaml\n([^]*?)```\n\nInput\n\n```json\n([^]*?)```\n\nOutput\n\n```json\n([^]*?)```/gm
const examples = [...text.matchAll(EXAMPLE)].map(([, , title, yaml, input, output]) => ({
  title,
  yaml: yaml as string,
  input: JSON.parse(input as string) as unknown,
  output: JSON.parse(output as string) as unknown
}))

const OPENAPI = {
  openapi: '3.1.0',
  servers: [{ url: 'https://erp.example' }],
  paths: {
    '/orders': {
      post: {
        operationId: 'placeOrder',
        parameters: [{ name: 'warehouse', in: 'query' }],
        requestBody: { content: { 'application/json': {} } }
      }
    }
  }
}

/** The upstream of the examples: products, a file that comes back as it was sent, and an echo. */
async function erp(call: HttpCall): Promise<HttpReply> {
  const { pathname, search } = new URL(call.url)
  if (pathname === '/convert')
    return { status: 200, headers: { 'content-type': 'image/png' }, body: call.body as Uint8Array, url: call.url }
  const value =
    pathname === '/products/A1'
      ? { name: 'Lamp', price: 10, stock: 3 }
      : { method: call.method, path: pathname + search, body: JSON.parse(String(call.body)) as unknown }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(value)),
    url: call.url
  }
}

t.test('there is an example for each task', async (t) => {
  t.same(
    examples.map(({ title }) => title),
    [
      'A whole flow',
      'What every task has',
      'set',
      'do',
      'switch',
      'for',
      'fork',
      'try, raise',
      'wait',
      'call: http',
      'Bytes, forms and charsets',
      'call: openapi',
      'call of a function',
      'run: workflow',
      'run: script',
      'emit'
    ]
  )
  t.equal(examples.length, text.split('```yaml').length - 1, 'and each has an input and an output')
})

for (const { title, yaml, input, output } of examples) {
  t.test(`the example of "${title}" gives what stands beside it`, async (t) => {
    const ports = testPorts()
    ports.http = erp
    ports.vault['erp'] = 'secret'
    ports.subflows = async (_, given) => ({ status: 'succeeded', output: { n: (given as { n: number }).n * 2 } })
    const named =
      yaml.includes('document:') && yaml.startsWith('document:')
        ? yaml
        : `${HEADER}${/^(?:use|do):/.test(yaml) ? yaml : `do:\n${yaml}`}`
    const { outcome } = await run(named, input, {
      testPorts: ports,
      openapi: new Map([['https://erp.example/openapi.json', OPENAPI]])
    })
    t.same(outcome, { status: 'succeeded', output })
  })
}

t.test('the table of limits says what the limits are', async (t) => {
  const rows = Object.fromEntries(
    [...text.matchAll(/^\| (document )?`(\w+)` \| (\d+) \|/gm)].map(([, document = '', name, value]) => [
      `${document}${name}`,
      Number(value)
    ])
  )
  const ofDocuments = { ...DOCUMENT_LIMITS, ...SCHEMA_LIMITS }
  const { documentTimeoutMs, timeoutMs, scriptTimeoutMs, clockFactor, queueWaitMs, startMs } = DEFAULT_LIMITS
  t.same(rows, {
    ...DEFAULT_FLOW_LIMITS,
    ...Object.fromEntries(Object.entries(ofDocuments).map(([name, value]) => [`document ${name}`, value])),
    documentTimeoutMs,
    timeoutMs,
    scriptTimeoutMs,
    clockFactor,
    queueWaitMs,
    startMs
  })
})
