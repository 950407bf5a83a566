import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { parseJson } from '../src/lib/exact-json.ts'
import { startSluice } from './fixtures/sluice.ts'
import { until } from './fixtures/until.ts'

// 200 values of every kind, as texts of JSON, through every way that a value takes. numbers.test.ts has the numbers.

/** Texts that some layer could take for something else: escapes, marks, ends of line, templates, other types. */
const TEXTS = [
  ...['', ' ', '\u0000'.replace('\u0000', '\u0001'), '\t\n\r\b\f', '"\\/', '\u007f\u0080\u009f', '\u00a0\u2028\u2029'],
  ...['\ufeff', 'a\ufeffb', '\ufffd', '\uffff', '\ue000', '😀', '👩‍👩‍👧', 'e\u0301', '\u00e9', 'İıſK', '\u202e', '𝒳'],
  ...[
    'null',
    'true',
    '0',
    '-0',
    '1e400',
    '9007199254740993',
    'NaN',
    'Infinity',
    '{}',
    '[]',
    '"',
    '2026-11-28T00:00:00Z'
  ],
  ...[
    '${ .x }',
    '{name}',
    '$context',
    '\\(1)',
    '\\u0041',
    '%41',
    '+',
    '&amp;',
    '<script>',
    '--',
    "'; drop table run",
    '@@'
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '[object Object]', 'undefined', 'x'.repeat(5_000)]
]
const NUMBERS = ['0', '-1', '0.1', '1e+21', '5e-324', '9007199254740993', '12345678901.123456789', '1e+400', '-1e-400']
const KEYS = [
  'a',
  'Z',
  '',
  ' ',
  'ä',
  '😀',
  '$ref',
  '@id',
  '#text',
  'constructor',
  'toString',
  'length',
  'a.b',
  'a b',
  '-'
]

const scalars = [...TEXTS.map((text) => JSON.stringify(text)), ...NUMBERS, 'null', 'true', 'false']
/** Each scalar by itself, as a member, in a list and deep inside, until there are 200. */
const VALUES = [
  ...scalars,
  ...['[]', '{}', '[[]]', '[{}]', '{"a":[]}', '[null]', '[[[[[[[[[[1]]]]]]]]]]', '{"a":null}', '[false,0,""]'],
  ...KEYS.map((key, index) => `{${JSON.stringify(key)}:${scalars[index * 3] ?? 'null'}}`),
  `{${KEYS.map((key, index) => `${JSON.stringify(key)}:${String(index)}`).join(',')}}`,
  ...scalars.map((scalar) => `{"z":[${scalar}],"a":{"deep":[{"x":${scalar}},${scalar}]}}`),
  ...scalars.map((scalar) => `[${scalar},${scalar}]`)
].slice(0, 200)
const VALUE = `[${VALUES.join(',')}]`

const upstream = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  request.pipe(response)
})
upstream.listen(0, '127.0.0.1')
await once(upstream, 'listening')
t.teardown(() => {
  upstream.closeAllConnections()
  upstream.close()
})
const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
const { client, clock, services } = await startSluice(t, { egressAllow: [host] })
const owner = await client.signUp()
const as = owner.session
const at = `/v1/workspaces/${owner.workspaceId}`

let names = 0
/** Makes a listener for these tasks; answers its path. */
async function listener(tasks: object[], more: object = {}): Promise<string> {
  const document = { dsl: '1.0.3', namespace: 'values', name: `v${++names}`, version: '1.0.0' }
  const flow = await client.call('POST', `${at}/flows`, { as, body: { document, do: tasks } })
  if (flow.status !== 201) throw new Error(flow.text)
  const body = { name: `v${names}`, flowId: flow.json.id, ...more }
  return `/v1/dynamic/listener/${(await client.call('POST', `${at}/listeners`, { as, body })).json.id}`
}

const call = (path: string) =>
  client.call('POST', path, { as: owner, raw: VALUE, headers: { 'content-type': 'application/json' } })

/** The record of a run once it has succeeded. */
async function recordOf(runId: string): Promise<any> {
  const read = () => client.call('GET', `/v1/runs/${runId}`, { as })
  await until(async () => ['succeeded', 'failed'].includes((await read()).json.status), 60_000, `the end of ${runId}`)
  const { json, text } = await read()
  if (json.status !== 'succeeded') throw new Error(text.slice(0, 1_000))
  return parseJson(text)
}

const echo = { ask: { call: 'http', with: { method: 'post', endpoint: `http://${host}/`, body: '${ .body }' } } }
const tell = { tell: { emit: { event: { with: { type: 'value', data: '${ .body }' } } } } }
const WAYS: Record<string, object[]> = {
  'the fast path': [{ a: { set: '${ .body }' } }],
  'the fast path, one by one': [{ a: { set: '${ [.body[]] }' } }],
  jq: [{ a: { set: '${ def f: .; .body | f }' } }],
  'jq, one by one': [{ a: { set: '${ reduce .body[] as $x ([]; . + [$x]) }' } }],
  'a script': [{ a: { run: { script: { language: 'js', arguments: { body: '${ .body }' }, code: 'return body' } } } }],
  'a call and its answer': [echo],
  'a loop': [{ a: { for: { in: '${ [.body] }' }, do: [{ b: { set: '${ $item }' } }] } }],
  'an event': [tell, { b: { set: '${ .data }' } }]
}

t.test('200: values', (t) => {
  t.equal(VALUES.length, 200)
  t.equal(new Set(VALUES).size, 200, 'each is another one')
  t.equal(JSON.stringify(parseJson(VALUE)), VALUE, 'control: this is how they are written')
  t.end()
})

for (const [way, tasks] of Object.entries(WAYS))
  t.test(`200: 200 values leave ${way} byte for byte`, async (t) => {
    const answer = await call(await listener(tasks))
    t.equal(answer.status, 200)
    t.equal(answer.text, VALUE)
  })

t.test('records, replays, events and asynchronous runs hold them byte for byte', async (t) => {
  const answer = await call(await listener([tell, { b: { set: '${ .data }' } }]))
  const runId = answer.headers['sluice-run-id'] as string
  const { input, output, steps } = await recordOf(runId)
  t.equal(JSON.stringify(input.body), VALUE)
  t.equal(JSON.stringify(output), VALUE)
  t.equal(JSON.stringify(steps[0].output.data), VALUE)
  const events = await client.call('GET', `${at}/events?limit=1`, { as })
  t.equal(JSON.stringify((parseJson(events.text) as any).items[0].event.data), VALUE)

  const replayed = await client.call('POST', `/v1/runs/${runId}/replay`, { as })
  t.equal(replayed.status, 202, replayed.text)
  t.equal(JSON.stringify((await recordOf(replayed.json.runId)).output), VALUE)

  // The wait suspends the run, so that it goes on from what its journal holds.
  const durable = [echo, { rest: { wait: 'PT2H' } }, { b: { set: { v: '${ . }' } } }]
  const accepted = await call(await listener(durable, { mode: 'async' }))
  t.equal(accepted.status, 202, accepted.text)
  const { runId: later } = accepted.json
  await until(
    async () => (await client.call('GET', `/v1/runs/${later}`, { as })).json.status === 'waiting',
    60_000,
    'the wait'
  )
  clock.advance(2 * 60 * 60 * 1000)
  t.equal(JSON.stringify((await recordOf(later)).output), `{"v":${VALUE}}`)
})

t.test('an event that comes in starts a flow with them byte for byte', async (t) => {
  const document = { dsl: '1.0.3', namespace: 'values', name: 'started', version: '1.0.0' }
  const flow = await client.call('POST', `${at}/flows`, {
    as,
    body: {
      document,
      schedule: { on: { one: { with: { type: 'came' } } } },
      do: [{ a: { set: '${ .data }' } }]
    }
  })
  const sent = await client.call('POST', `${at}/inbox`, {
    as,
    raw: `{"specversion":"1.0","id":"1","source":"/values","type":"came","data":${VALUE}}`,
    headers: { 'content-type': 'application/cloudevents+json' }
  })
  t.equal(sent.status, 202, sent.text)
  const find = () => services.database.prisma.run.findFirst({ where: { flowId: flow.json.id } })
  await until(async () => (await find()) !== null, 60_000, 'the run')
  t.equal(JSON.stringify((await recordOf((await find())?.id ?? '')).output), VALUE)
})
