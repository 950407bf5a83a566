import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createGrowingMask } from '../../../src/runs/mask.ts'
import { START, testPorts } from '../fixtures/ports.ts'
import { workbench } from '../fixtures/run.ts'

const { run } = workbench(t)

async function upstreamOf(t: Test, listener: (...exchange: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => listener(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const caught = (url: string, more = ''): string =>
  `- t: { try: [ { a: { call: http, with: { method: post, endpoint: '${url}', body: { a: 1 } ${more} } } } ],
          catch: { do: [ { h: { set: { e: '\${ $error }' } } } ] } }`

t.test('catch reads what the upstream answered in its refusal: status, headers and content', async (t) => {
  const url = await upstreamOf(t, (request, response) => {
    if (request.url === '/json')
      return response
        .writeHead(409, { 'content-type': 'application/json', 'retry-after': '7' })
        .end('{"code":"DUP","existingId":42}')
    if (request.url === '/soap')
      return response.writeHead(500, { 'content-type': 'text/xml' }).end('<faultstring>Material locked</faultstring>')
    if (request.url === '/bytes')
      return response.writeHead(400, { 'content-type': 'image/png' }).end(Buffer.from('89ff', 'hex'))
    if (request.url === '/bad') return response.writeHead(400, { 'content-type': 'application/json' }).end('{"a":')
    if (request.url === '/latin1')
      return response.writeHead(400, { 'content-type': 'text/plain' }).end(Buffer.from('e9', 'hex'))
    return response.writeHead(303, { location: '/jobs/7' }).end()
  })
  const responseOf = async (path: string): Promise<unknown> => {
    const { outcome } = await run(caught(url + path))
    return (outcome as { output: { e: { response: unknown } } }).output.e.response
  }
  t.match(await responseOf('/json'), {
    statusCode: 409,
    headers: { 'retry-after': '7' },
    content: { code: 'DUP', existingId: 42 }
  })
  t.match(await responseOf('/soap'), { statusCode: 500, content: '<faultstring>Material locked</faultstring>' })
  t.match(await responseOf('/bytes'), { content: 'if8=' })
  t.match(await responseOf('/bad'), { content: '{"a":' }, 'JSON that is broken is text')
  t.match(await responseOf('/latin1'), { content: '6Q==' }, 'text that is none is bytes')
  t.match(await responseOf('/303'), { statusCode: 303, headers: { location: '/jobs/7' }, content: null })
})

t.test('the step of the call shows the answer, the tasks around it do not', async (t) => {
  const url = await upstreamOf(t, (_request, response) => response.writeHead(422).end('why'))
  const { steps } = await run(`- outer: { do: [ { a: { call: http, with: { method: get, endpoint: '${url}' } } } ] }`)
  t.match(steps[0], { pointer: '/do/0/outer/do/0/a', error: { response: { statusCode: 422, content: 'why' } } })
  t.match(steps[1], { pointer: '/do/0/outer', error: { status: 422 } })
  t.notOk('response' in (steps[1]?.error ?? {}))
})

t.test('at most 64 KiB of the content is kept, as text that says so, and no character is cut in half', async (t) => {
  const url = await upstreamOf(t, (request, response) => {
    const [, kind, size] = request.url?.split('/') ?? []
    const text = kind === 'json' ? JSON.stringify({ a: 'x'.repeat(Number(size) - 8) }) : 'é'.repeat(Number(size) / 2)
    response.writeHead(500, { 'content-type': kind === 'json' ? 'application/json' : 'text/plain' }).end(text)
  })
  const answer = async (path: string): Promise<{ content: string; truncated?: boolean }> => {
    const { outcome } = await run(caught(url + path))
    return (outcome as { output: { e: { response: never } } }).output.e.response
  }
  t.equal((await answer('/text/65536')).content, 'é'.repeat(32_768))
  t.notOk('truncated' in (await answer('/text/65536')))
  t.match(await answer('/text/65538'), { content: 'é'.repeat(32_768), truncated: true })
  t.match(await answer('/json/65536'), { content: { a: 'x'.repeat(65_528) } })
  t.match(await answer('/json/70000'), { content: `{"a":"${'x'.repeat(65_530)}`, truncated: true }, 'as text')
})

t.test('secrets are masked in the answer, also one that the limit cuts', async (t) => {
  const secret = 'S3CRET-0123456789'
  const url = await upstreamOf(t, (request, response) => {
    const before = request.url === '/edge' ? 'x'.repeat(65_530) : ''
    response.writeHead(400, { 'x-echo': secret, 'content-type': 'text/plain' }).end(`${before}${secret}`)
  })
  const secrets = new Set<string>()
  const ports = testPorts()
  ports.vault['key'] = secret
  for (const path of ['/', '/edge']) {
    const { outcome, steps } = await run(
      `use: { secrets: [key] }\ndo:\n` +
        caught(url + path, ", headers: { x-key: '${ .k }' }")
          .replace('{ a: {', "{ a: { input: { from: '{ k: $secrets.key }' },")
          .replaceAll(/^/gm, '  '),
      {},
      { testPorts: ports, onSecret: (text) => secrets.add(text), maskSecrets: createGrowingMask(secrets) }
    )
    const { response } = (outcome as { output: { e: { response: { content: string; headers: unknown } } } }).output.e
    t.match(response, { headers: { 'x-echo': '[secret]' }, content: /\[secr/ })
    t.notMatch(JSON.stringify(response), 'S3C')
    t.notMatch(JSON.stringify(steps.map(({ error }) => error)), 'S3C')
  }
})

t.test('redirect: true takes 2xx and 3xx, 304 included; without it 3xx is an error', async (t) => {
  const url = await upstreamOf(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { etag: '"1"' }).end()
  })
  const call = (status: number, more: string): Promise<{ outcome: { status: string } }> =>
    run(`- a: { call: http, with: { method: get, endpoint: '${url}/${status}', output: response ${more} } }`)
  for (const status of [200, 204, 300, 304, 399])
    t.match((await call(status, ', redirect: true')).outcome, {
      output: { statusCode: status, headers: { etag: '"1"' } }
    })
  for (const status of [300, 304, 400, 500]) t.match((await call(status, '')).outcome, { error: { status } })
  t.match((await call(400, ', redirect: true')).outcome, { error: { status: 400 } })
})

t.test('a retry waits at least as long as Retry-After asks, within its own limits', async (t) => {
  let header: string | undefined
  let calls = 0
  const url = await upstreamOf(t, (_request, response) => {
    calls++
    if (calls > 1) return response.end('done')
    return response.writeHead(calls === 1 ? 429 : 200, header === undefined ? {} : { 'retry-after': header }).end()
  })
  const slept = async (retryAfter: string | undefined, policy = 'delay: PT1S'): Promise<readonly number[] | string> => {
    header = retryAfter
    calls = 0
    const { outcome, ports } = await run(
      `- t:
          try: [ { a: { call: http, with: { method: get, endpoint: '${url}' } } } ]
          catch: { retry: { ${policy} } }`
    )
    return outcome.status === 'succeeded' ? ports.slept : outcome.status
  }
  t.same(await slept('2'), [2_000])
  t.same(await slept('0'), [1_000])
  t.same(await slept(undefined), [1_000])
  t.same(await slept('soon'), [1_000])
  t.same(await slept('-5'), [1_000])
  t.same(await slept(new Date(START + 30_000).toUTCString()), [30_000])
  t.same(await slept(new Date(START - 30_000).toUTCString()), [1_000], 'a date in the past')
  t.same(await slept('2', 'limit: { attempt: { count: 1 } }'), [2_000], 'a policy without a delay')
  t.same(await slept('86400'), [3_600_000], 'at most an hour')
  t.same(await slept('20', 'delay: PT1S, limit: { duration: PT10S }'), 'failed', 'longer than the policy allows')
})
