import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { exactNumber } from '../src/lib/exact-number.ts'
import { parseJson } from '../src/lib/exact-json.ts'
import { customerToken } from './fixtures/customer-token.ts'
import { startSluice } from './fixtures/sluice.ts'
import { until } from './fixtures/until.ts'

const BIG = '9007199254740993'
const SNOWFLAKE = '7615917337495251231'
const AMOUNT = '12345678901.123456789'
const HUGE = '1e+400'

/** 200 numbers as an upstream could write them: what a double holds, and what it does not. */
const VALUES = [
  ...['0', '-1', '0.1', '1e+21', '5e-324', '1.7976931348623157e+308', '9007199254740991', '9007199254740992'],
  ...[BIG, `-${BIG}`, SNOWFLAKE, AMOUNT, HUGE, '-1e+400', '1e-400', '0.0000012345678901234567'],
  ...['18446744073709551615', '9223372036854775807', '-9223372036854775808', '100000000000000000000'],
  ...Array.from({ length: 60 }, (_, index) => String(2n ** 53n + BigInt(index) * 97n + 1n)),
  ...Array.from({ length: 60 }, (_, index) => String(-(10n ** 18n) * 7n - BigInt(index) ** 5n)),
  ...Array.from({ length: 60 }, (_, index) => `${index + 1}00000000.${String(10n ** 11n + BigInt(index)).slice(1)}1`)
]
const LIST = `[${VALUES.join(',')}]`
const VALUE = `{"list":${LIST},"text":"${SNOWFLAKE}","in":{"id":${SNOWFLAKE}}}`

const upstream = createServer((request, response) => {
  const chunks: Buffer[] = []
  request
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => {
      response.setHeader('content-type', 'application/json')
      const body = Buffer.concat(chunks).toString()
      const seen = { path: request.url, header: request.headers['x-id'], body }
      response.end(request.url === '/echo' ? body : JSON.stringify(seen))
    })
})
upstream.listen(0, '127.0.0.1')
await once(upstream, 'listening')
t.teardown(() => {
  upstream.closeAllConnections()
  upstream.close()
})
const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`

const sluice = await startSluice(t, { egressAllow: [new URL(base).host] })
const owner = await sluice.client.signUp()
const at = `/v1/workspaces/${owner.workspaceId}`
const as = owner.session
const post = (path: string, raw: string, headers: Record<string, string> = {}) =>
  sluice.client.call('POST', path, { as, raw, headers: { 'content-type': 'application/json', ...headers } })

let names = 0
const documentOf = (tasks: string): string =>
  `{"document":{"dsl":"1.0.3","namespace":"numbers","name":"n${++names}","version":"1.0.0"},"do":[${tasks}]}`

async function saved(document: string, type = 'application/json'): Promise<{ id: string; text: string }> {
  const flow = await post(`${at}/flows`, document, { 'content-type': type })
  t.equal(flow.status, 201, flow.text)
  return { id: flow.json.id, text: flow.text }
}

/** The path of a listener for a flow with these tasks. */
async function listener(tasks: string, options: object = {}): Promise<string> {
  const { id } = await saved(documentOf(tasks))
  const made = await sluice.client.call('POST', `${at}/listeners`, {
    as,
    body: { name: `l${++names}`, flowId: id, ...options }
  })
  t.equal(made.status, 201, made.text)
  return `/v1/dynamic/listener/${made.json.id}`
}

const call = (path: string, raw: string, headers: Record<string, string> = {}) =>
  sluice.client.call('POST', path, {
    as: owner,
    raw,
    headers: { 'content-type': 'application/json', ...headers }
  })

/** Waits until a run has succeeded; its record as text. */
async function recordOf(runId: string): Promise<string> {
  const read = () => sluice.client.call('GET', `/v1/runs/${runId}`, { as })
  await until(async () => ['succeeded', 'failed'].includes((await read()).json.status), 60_000, `the end of ${runId}`)
  const { json, text } = await read()
  t.equal(json.status, 'succeeded', text)
  return text
}

const echoBody = `"call":"http","with":{"method":"post","endpoint":"${base}/echo","body":"\${ .body }"}`
const WAYS: Record<string, string> = {
  'the fast path': `{"a":{"set":"\${ .body }"}}`,
  'fields on the fast path':
    '{"a":{"set":{"list":"${ [.body.list[]] }","text":"${ .body.text }","in":"${ .body.in }"}}}',
  jq: `{"a":{"set":"\${ def f: .; .body | f }"}}`,
  'a script': `{"a":{"run":{"script":{"language":"js","arguments":{"body":"\${ .body }"},"code":"return body"}}}}`,
  'a call and its answer': `{"a":{${echoBody}}}`,
  'a loop': `{"a":{"for":{"in":"\${ [.body] }"},"do":[{"b":{"set":"\${ $item }"}}]}}`,
  'an exported context': `{"a":{"set":{"x":1},"export":{"as":"$input.body"}}},{"b":{"set":"\${ $context }"}}`,
  'a caught error':
    '{"a":{"try":[{"x":{"raise":{"error":{"type":"urn:x","status":400}}}}],' +
    `"catch":{"do":[{"y":{"set":"\${ $workflow.input.body }"}}]}}}`
}

for (const [way, tasks] of Object.entries(WAYS)) {
  t.test(`200: 200 numbers leave ${way} as they came`, async (t) => {
    t.equal(VALUES.length, 200)
    const answer = await call(await listener(tasks), VALUE)
    t.equal(answer.text, VALUE)
  })
}

t.test('200: records, replays, asynchronous runs and their journal keep every digit', async (t) => {
  const path = await listener(`{"a":{${echoBody}}}`)
  const { text, headers } = await call(path, VALUE)
  t.equal(text, VALUE)
  const record = await recordOf(headers['sluice-run-id'] as string)
  const { input, output, steps } = parseJson(record) as Record<string, any>
  t.equal(JSON.stringify(input.body), VALUE)
  t.equal(JSON.stringify(output), VALUE)
  t.equal(JSON.stringify(steps[0].output), VALUE)

  const replayed = await sluice.client.call('POST', `/v1/runs/${headers['sluice-run-id']}/replay`, { as, raw: '' })
  t.equal(replayed.status, 202, replayed.text)
  t.equal(JSON.stringify((parseJson(await recordOf(replayed.json.runId)) as any).output), VALUE)

  // The wait suspends the run, so that it goes on from what its journal holds.
  const durable = await listener(`{"a":{${echoBody}}},{"b":{"wait":"PT2H"}},{"c":{"set":{"v":"\${ . }"}}}`, {
    mode: 'async'
  })
  const accepted = await call(durable, VALUE)
  t.equal(accepted.status, 202, accepted.text)
  const { runId } = accepted.json
  const status = async (): Promise<string> => (await sluice.client.call('GET', `/v1/runs/${runId}`, { as })).json.status
  await until(async () => (await status()) === 'waiting', 60_000, 'the wait')
  sluice.clock.advance(2 * 60 * 60 * 1000)
  t.equal(JSON.stringify((parseJson(await recordOf(runId)) as any).output), `{"v":${VALUE}}`)
})

t.test('200: repeated answers and emitted events keep every digit', async (t) => {
  const path = await listener(`{"a":{"set":"\${ .body }"}}`)
  const first = await call(path, VALUE, { 'idempotency-key': 'k1' })
  const second = await call(path, VALUE, { 'idempotency-key': 'k1' })
  t.equal(first.text, VALUE)
  t.equal(second.text, VALUE)

  const emits = await listener(
    '{"a":{"emit":{"event":{"with":{"type":"t","data":"${ .body }","seq":"${ .body.in.id }"}}}}}'
  )
  const { status, text } = await call(emits, VALUE)
  t.equal(status, 200, text)
  t.equal(JSON.stringify((parseJson(text) as any).data), VALUE)
  const events = parseJson((await sluice.client.call('GET', `${at}/events`, { as })).text) as any
  t.equal(JSON.stringify(events.items[0].event.data), VALUE)
  t.equal(String(events.items[0].event.seq), SNOWFLAKE)
})

t.test('200: numbers written in a document are the same after it was saved, read, run and simulated', async (t) => {
  const json = documentOf(`{"a":{"set":{"value":${VALUE}}}}`)
  const yaml = `document: { dsl: '1.0.3', namespace: numbers, name: n${++names}, version: '1.0.0' }
do:
  - a: { set: { value: { list: ${LIST}, text: '${SNOWFLAKE}', in: { id: ${SNOWFLAKE} } } } }
`
  for (const [type, source] of [
    ['application/json', json],
    ['application/yaml', yaml]
  ] as const) {
    const { id, text } = await saved(source, type)
    const read = await sluice.client.call('GET', `/v1/flows/${id}`, { as })
    for (const answer of [text, read.text]) {
      const { document } = parseJson(answer) as any
      t.equal(JSON.stringify(document.do[0].a.set.value), VALUE, type)
    }
    const put = await sluice.client.call('PUT', `/v1/flows/${id}`, {
      as,
      raw: source,
      headers: { 'content-type': type }
    })
    t.equal(JSON.stringify((parseJson(put.text) as any).document.do[0].a.set.value), VALUE, put.text.slice(0, 200))
    const made = await sluice.client.call('POST', `${at}/listeners`, { as, body: { name: `l${++names}`, flowId: id } })
    t.equal((await call(`/v1/dynamic/listener/${made.json.id}`, '{}')).text, `{"value":${VALUE}}`)
    const simulated = await post(`/v1/flows/${id}/simulate`, '{"input":{}}')
    t.equal(JSON.stringify((parseJson(simulated.text) as any).output), `{"value":${VALUE}}`)
  }
  const input = await post(
    `${at}/flows/simulate`,
    `{"document":${documentOf('{"a":{"set":"${ . }"}}')},"input":${VALUE}}`
  )
  t.equal(JSON.stringify((parseJson(input.text) as any).output), VALUE, input.text.slice(0, 300))
})

t.test("200: paths, queries, headers and bodies of calls carry an id's own digits", async (t) => {
  for (const id of [BIG, SNOWFLAKE, AMOUNT, `-${SNOWFLAKE}`]) {
    const path = await listener(
      `{"a":{"input":{"from":".body"},"call":"http","with":{"method":"post","endpoint":"${base}/orders/{id}",` +
        '"query":{"q":"${ .id }"},"headers":{"x-id":"${ .id }"},"body":{"id":"${ .id }"}}}}'
    )
    const { json } = await call(path, `{"id":${id}}`)
    t.strictSame(json, { path: `/orders/${id}?q=${id}`, header: id, body: `{"id":${id}}` })
    const sentence = JSON.stringify({ a: { set: { t: '${ "order \\(.body.id)" }' } } })
    const text = await call(await listener(sentence), `{"id":${id}}`)
    t.strictSame(text.json, { t: `order ${id}` })
  }
})

t.test("200: a customer's fields keep their digits, signed or set", async (t) => {
  const { json: workspace } = await sluice.client.call('POST', '/v1/workspaces', { as, body: { name: 'Customers' } })
  const flow = await sluice.client.call('POST', `/v1/workspaces/${workspace.id}/flows`, {
    as,
    raw: documentOf('{"a":{"set":{"fields":"${ .caller.fields }"}}}'),
    headers: { 'content-type': 'application/json' }
  })
  const made = await sluice.client.call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
    as,
    body: { name: 'fields', flowId: flow.json.id }
  })
  const path = `/v1/dynamic/listener/${made.json.id}`
  const fields = { erp: exactNumber(SNOWFLAKE), within: [{ amount: exactNumber(AMOUNT) }] }
  const signed = customerToken(
    { iss: workspace.key, id: 'c1', fields, exp: Math.floor(sluice.clock.now() / 1000) + 600 },
    workspace.secret
  )
  const answer = await sluice.client.call('GET', path, { as: signed })
  t.equal(answer.text, JSON.stringify({ fields }))
  const change = await sluice.client.call('PATCH', `/v1/workspaces/${workspace.id}/customers/c1`, {
    as,
    raw: `{"fields":{"erp":${BIG}}}`,
    headers: { 'content-type': 'application/json' }
  })
  t.match(change.text, `"fields":{"erp":${BIG}}`)
  const read = await sluice.client.call('GET', `/v1/workspaces/${workspace.id}/customers/c1`, { as })
  t.match(read.text, `"fields":{"erp":${BIG}}`)
})

t.test("200: ids that are one double apart are compared by all their digits, and calculations are jq's", async (t) => {
  const answers = async (expression: string, body: string): Promise<unknown> =>
    (await call(await listener(`{"a":{"set":{"r":${JSON.stringify(`\${ .body | ${expression} }`)}}}}`), body)).text
  const pair = `{"a":${BIG},"b":9007199254740992}`
  t.equal(await answers('.a == .b', pair), '{"r":false}')
  t.equal(await answers('def f: .; .a == .b | f', pair), '{"r":false}')
  t.equal(await answers('.a > .b', pair), '{"r":true}')
  t.equal(await answers('[.a, .b, .a] | unique', pair), `{"r":[9007199254740992,${BIG}]}`)
  t.equal(await answers('.a == (.b + 0)', pair), '{"r":true}', 'a calculated number is a double, as in jq')
  t.equal(await answers('.a + 0', pair), '{"r":9007199254740992}')
  t.equal(await answers('.a | type', pair), '{"r":"number"}')
  t.equal(await answers('try (.a * 2) catch 0', pair), '{"r":18014398509481984}')
  t.equal(await answers('.a | tostring', pair), `{"r":"${BIG}"}`)
  t.equal(await answers('.x == null', '{"x":1e400}'), '{"r":false}')
})

t.test(
  '200: a number beyond doubles is the same in a run, its record, its replay and an asynchronous run',
  async (t) => {
    const tasks = '{"a":{"set":{"x":"${ .body.x }","y":"${ def f: .; .body.x | f }"}}}'
    const expected = '{"x":1e+400,"y":1e+400}'
    const { text, headers } = await call(await listener(tasks), '{"x":1E400}')
    t.equal(text, expected)
    t.match(await recordOf(headers['sluice-run-id'] as string), '"body":{"x":1e+400}')
    const replayed = await sluice.client.call('POST', `/v1/runs/${headers['sluice-run-id']}/replay`, { as, raw: '' })
    t.match(await recordOf(replayed.json.runId), `"output":${expected}`)
    const accepted = await call(await listener(tasks, { mode: 'async' }), '{"x":1e400}')
    t.match(await recordOf(accepted.json.runId), `"output":${expected}`)
  }
)

t.test('200: a script sees whole numbers beyond doubles as BigInt, others as text, and gives them back', async (t) => {
  const script = async (code: string, body: string): Promise<string> => {
    const run = { script: { language: 'js', arguments: { v: '${ .body }' }, code } }
    return (await call(await listener(JSON.stringify({ a: { run } })), body)).text
  }
  const body = `{"id":${SNOWFLAKE},"amount":${AMOUNT},"small":1.5,"safe":9007199254740991,"list":[${HUGE}]}`
  t.equal(
    await script('return [typeof v.id, typeof v.amount, typeof v.small, typeof v.safe, typeof v.list[0]]', body),
    '["bigint","string","number","number","string"]'
  )
  t.equal(await script('return v', body), body)
  t.equal(
    await script('return { next: v.id + 1n, half: v.amount, n: 5n }', body),
    `{"next":7615917337495251232,"half":${AMOUNT},"n":5}`
  )
  t.equal(
    await script('return { text: String(v.id), amount: v.amount + " EUR" }', body),
    `{"text":"${SNOWFLAKE}","amount":"${AMOUNT} EUR"}`
  )
  t.equal(
    await script('console.log(v.id, v); ', '{"id":9007199254740993}'),
    '"9007199254740993 {\\"id\\":9007199254740993}"'
  )
  t.equal(
    await script('return [9007199254740992, 2 ** 60, 0.1 + 0.2]', '{}'),
    '[9007199254740992,1152921504606846976,0.30000000000000004]'.replace('1152921504606846976', '1152921504606847000')
  )
})
