import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import t, { type Test } from 'tap'
import { ApiProblem, type ClientOptions, createClient, readProblem, Unreachable } from '../../src/client/index.ts'
import { parseJson } from '../../src/lib/exact-json.ts'
import { bundleForPage } from '../fixtures/bundle.ts'
import { findChromium } from '../fixtures/chromium.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const executablePath = findChromium()

/** A server that answers each request by the next of these. Tells what it was sent, and how long the client waited. */
async function scripted(
  t: Test,
  answers: ((response: ServerResponse) => unknown)[],
  options: Partial<ClientOptions> = {}
) {
  const requests: IncomingMessage[] = []
  const waits: number[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume()
    const answer = answers[requests.length - 1]
    if (answer) answer(response)
    else response.writeHead(500).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const wait = async (ms: number): Promise<void> => void waits.push(ms)
  return { client: createClient({ url, token: 'a-token', wait, ...options }), requests, waits, url }
}

const answers = {
  ok: (response: ServerResponse) => response.setHeader('Content-Type', 'application/json').end('{"name":"Sluice"}'),
  hangUp: (response: ServerResponse) => response.destroy(),
  problem:
    (status: number, headers: Record<string, string> = {}) =>
    (response: ServerResponse) =>
      response
        .writeHead(status, { 'Content-Type': 'application/problem+json', ...headers })
        .end(JSON.stringify({ code: status === 429 ? 'rate_limited' : 'unavailable', title: 'Later.', status }))
}

const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => t.fail('the call was answered'),
    (error: unknown) => error
  )

t.test('a read is repeated after 503, 429 and no answer at all, as late as the gateway asks', async (t) => {
  const { ok, hangUp, problem } = answers
  const { client, requests, waits } = await scripted(t, [
    problem(503, { 'Retry-After': '7' }),
    hangUp,
    problem(429),
    ok
  ])
  t.match(await client.GET('/v1/about'), { name: 'Sluice' })
  t.equal(requests.length, 4)
  t.ok(requests.every(({ headers }) => headers.authorization === 'Bearer a-token'))
  t.equal(waits[0], 7_000)
  t.ok(Number(waits[1]) >= 250 && Number(waits[1]) <= 500, `the second wait is ${waits[1]} ms`)
  t.ok(Number(waits[2]) >= 500 && Number(waits[2]) <= 1_000, `the third wait is ${waits[2]} ms`)
})

t.test('Retry-After may be a date; a wait that is too long is left to the caller', async (t) => {
  const { ok, problem } = answers
  const inTenSeconds = new Date(Date.now() + 10_000).toUTCString()
  const dated = await scripted(t, [problem(503, { 'Retry-After': inTenSeconds }), ok])
  await dated.client.GET('/v1/about')
  t.ok(Number(dated.waits[0]) > 0 && Number(dated.waits[0]) <= 10_000)

  const long = await scripted(t, [problem(429, { 'Retry-After': '3600' })])
  t.match(await refusal(long.client.GET('/v1/about')), { code: 'rate_limited', status: 429, retryAfter: 3600 })
  t.strictSame(long.waits, [])
})

t.test('a change is repeated after 429 alone, unless a key makes it safe', async (t) => {
  const { ok, hangUp, problem } = answers
  const body = { name: 'a workspace' }
  const limited = await scripted(t, [problem(429), ok])
  t.match(await limited.client.POST('/v1/workspaces', { body }), { name: 'Sluice' })
  const down = await scripted(t, [problem(503)])
  t.match(await refusal(down.client.POST('/v1/workspaces', { body })), { code: 'unavailable' })
  const gone = await scripted(t, [hangUp])
  t.match(await refusal(gone.client.POST('/v1/workspaces', { body })), { name: 'Unreachable', message: /no answer/ })
  for (const { requests } of [down, gone]) t.equal(requests.length, 1)

  const params = { path: { listenerId: 'lsn_1' } }
  const keyed = await scripted(t, [hangUp, problem(503), ok])
  await keyed.client.POST('/v1/dynamic/listener/{listenerId}', { params, body: {}, idempotencyKey: true })
  const keys = new Set(keyed.requests.map(({ headers }) => headers['idempotency-key']))
  t.equal(keyed.requests.length, 3)
  t.match([...keys], [/^[\da-f-]{36}$/], 'every attempt has the same key')
})

t.test('it gives up after the last attempt, and at once where there is to be one only', async (t) => {
  const { problem } = answers
  const patient = await scripted(
    t,
    Array.from({ length: 9 }, () => problem(503))
  )
  t.ok((await refusal(patient.client.GET('/v1/about'))) instanceof ApiProblem)
  t.equal(patient.requests.length, 4)
  const once = await scripted(t, [problem(503)], { retry: { attempts: 1 } })
  await refusal(once.client.GET('/v1/about'))
  t.equal(once.requests.length, 1)
})

t.test('a call that is aborted while it waits ends with the reason of its signal', async (t) => {
  const abort = new AbortController()
  const { client, requests } = await scripted(t, [answers.problem(503, { 'Retry-After': '20' })], {
    wait: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        abort.abort(new Error('the page was left'))
      })
  })
  t.match(await refusal(client.GET('/v1/about', { signal: abort.signal })), { message: 'the page was left' })
  t.equal(requests.length, 1)
})

t.test('whether a call may be made again is the caller’s to say; so is whether a limit is waited for', async (t) => {
  const { ok, hangUp, problem } = answers
  const safe = await scripted(t, [hangUp, problem(503), ok])
  await safe.client.POST('/v1/flows/validate', { body: {}, repeat: true } as never)
  t.equal(safe.requests.length, 3)
  const never = await scripted(t, [hangUp, ok])
  t.match(await refusal(never.client.GET('/v1/about', { repeat: false })), { name: 'Unreachable' })
  t.equal(never.requests.length, 1)
  const told = await scripted(t, [problem(429, { 'Retry-After': '1' }), ok], { retry: { limited: false } })
  t.match(await refusal(told.client.GET('/v1/about')), { status: 429, retryAfter: 1 })
  t.equal(told.requests.length, 1)
})

t.test(
  'without an end of attempts, waits grow to the longest and no further, and say who asked for them',
  async (t) => {
    const { ok, problem } = answers
    const waits: [number, boolean][] = []
    const { client } = await scripted(
      t,
      [...Array.from({ length: 12 }, () => problem(503)), problem(503, { 'Retry-After': '3' }), ok],
      {
        retry: { attempts: Number.POSITIVE_INFINITY, maxWaitSeconds: 5 },
        wait: async (ms, _signal, asked) => void waits.push([ms, asked])
      }
    )
    t.match(await client.GET('/v1/about'), { name: 'Sluice' })
    t.equal(waits.length, 13)
    t.ok(waits.every(([ms]) => ms > 0 && ms <= 5_000))
    t.same(waits.slice(-2), [
      [5_000, false],
      [3_000, true]
    ])
  }
)

t.test('fetch hands back the whole answer, with the credential, keys and retries of the other calls', async (t) => {
  const { ok, hangUp, problem } = answers
  const { client, requests } = await scripted(t, [
    hangUp,
    (response) => response.setHeader('X-Kept', 'yes').end('as it is'),
    problem(404, { 'X-Request-Id': 'req_1' }),
    problem(503),
    ok
  ])
  const answer = await client.fetch('GET', '/v1/flows/flw_1', {
    query: { a: 'x y', none: undefined, n: 1 },
    headers: { Accept: 'application/yaml' }
  })
  t.equal(answer.headers.get('X-Kept'), 'yes')
  t.equal(await answer.text(), 'as it is')
  t.match(requests[1], { method: 'GET', url: '/v1/flows/flw_1?a=x+y&n=1', headers: { accept: 'application/yaml' } })
  t.ok(requests.every(({ headers }) => headers.authorization === 'Bearer a-token'))
  const refused = await client.fetch('POST', '/v1/x', { body: 'text', headers: { 'Content-Type': 'text/plain' } })
  t.equal(refused.status, 404)
  t.match(await readProblem(refused), { status: 404, code: 'unavailable', requestId: 'req_1' })
  await client.fetch('POST', '/v1/x', { body: '{}', idempotencyKey: true })
  t.equal(requests.length, 5)
  t.match(requests[4]?.headers['idempotency-key'], /^[\da-f-]{36}$/)
})

t.test('a credential is not sent to where the gateway redirects', async (t) => {
  const elsewhere = await scripted(t, [answers.ok])
  const redirecting = await scripted(t, [(response) => response.writeHead(302, { Location: elsewhere.url }).end()])
  const error = await refusal(redirecting.client.POST('/v1/workspaces', { body: { name: 'x' } }))
  t.ok(error instanceof Unreachable)
  t.equal(elsewhere.requests.length, 0)
})

t.test('a proxy that answers with a page is a problem without a code', async (t) => {
  const { client } = await scripted(t, [
    (response) => response.writeHead(502, { 'Content-Type': 'text/html', 'X-Request-Id': 'from-proxy' }).end('<h1>')
  ])
  t.match(await refusal(client.GET('/v1/about')), { code: 'unknown', status: 502, requestId: 'from-proxy' })
})

t.test('against a gateway', async (t) => {
  const { client: raw, url } = await startSluice(t)
  const owner = await raw.signUp('Ada')
  const listener = await createEchoListener(t, raw, owner)
  const calls: string[] = []
  const sluice = createClient({
    url,
    token: () => owner.session,
    parse: parseJson,
    fetch: (request) => {
      calls.push(new URL(request.url).search)
      return fetch(request)
    }
  })

  await t.test('200: what is sent and answered is typed', async (t) => {
    const made = await sluice.POST('/v1/tokens', { body: { name: 'typed', days: 30, password: owner.password } })
    t.match(made, { name: 'typed', token: /^slc_/ })
    const params = { path: { tokenId: made.id } }
    t.equal((await sluice.PATCH('/v1/tokens/{tokenId}', { params, body: { name: 'renamed' } })).name, 'renamed')
    t.equal(await sluice.DELETE('/v1/tokens/{tokenId}', { params }), undefined)
  })

  await t.test('a refusal is an error with the code, the places and the request', async (t) => {
    const error = await refusal(sluice.POST('/v1/tokens', { body: { name: '', days: -1 } }))
    if (!(error instanceof ApiProblem)) throw error
    t.match(error, { code: 'validation_failed', status: 400, requestId: /^req_/ })
    t.strictSame([...new Set(error.errors.map(({ pointer }) => pointer))], ['/name', '/days'])
    const anonymous = createClient({ url })
    t.match(await refusal(anonymous.GET('/v1/account')), { code: 'unauthenticated', status: 401 })
  })

  await t.test('a list is read page by page, and no further than its reader goes', async (t) => {
    for (const name of ['one', 'two', 'three', 'four', 'five'])
      await sluice.POST('/v1/tokens', { body: { name, days: 1, password: owner.password } })
    const names: string[] = []
    calls.length = 0
    const query = { limit: 2, state: 'live' }
    for await (const { name } of sluice.list('/v1/tokens', { params: { query } })) names.push(name)
    t.strictSame(names, ['five', 'four', 'three', 'two', 'one'])
    t.equal(calls.length, 3)
    t.ok(calls.every((search) => search.includes('state=live') && search.includes('limit=2')))

    calls.length = 0
    for await (const { name } of sluice.list('/v1/tokens', { params: { query } })) if (name === 'four') break
    t.equal(calls.length, 1)
  })

  await t.test('200: a key that is given makes one run of several calls, whose query and body are any', async (t) => {
    const { token } = await sluice.POST('/v1/tokens', { body: { name: 'caller', days: 1, password: owner.password } })
    const caller = createClient({ url, token })
    const params = { path: { listenerId: listener.id }, query: { query: { sku: 'A 1', unit: 'kg' } } }
    const options = { params, body: { amount: 2 }, idempotencyKey: 'order-17' }
    const answer = await caller.POST('/v1/dynamic/listener/{listenerId}', options)
    t.match(answer, { query: { sku: 'A 1', unit: 'kg' }, body: { amount: 2 } })
    t.strictSame(await caller.POST('/v1/dynamic/listener/{listenerId}', options), answer)
  })

  await t.test('201: YAML is sent as it is, and numbers keep their digits', async (t) => {
    const text =
      '# kept\ndocument: { dsl: 1.0.3, namespace: test, name: exact, version: 1.0.0 }\n' +
      'do:\n  - a: { set: { n: 12345678901234567890 } }\n'
    const flow = await sluice.POST('/v1/workspaces/{workspaceId}/flows', {
      params: { path: { workspaceId: owner.workspaceId } },
      headers: { 'Content-Type': 'application/yaml' },
      body: text
    })
    const params = { path: { flowId: flow.id } }
    t.equal((await sluice.GET('/v1/flows/{flowId}', { params })).source.text, text)
    const { output } = await sluice.POST('/v1/flows/{flowId}/simulate', { params, body: { input: {} } })
    t.match(JSON.stringify(output), '12345678901234567890')
    t.match(await sluice.GET('/v1/flows/{flowId}/diagram', { params }), /^flowchart/)
  })

  await t.test(
    '200: in Chromium, a page of the gateway calls by its cookie',
    { skip: executablePath === undefined && 'there is no Chromium here; it runs where CI is set' },
    async (t) => {
      const bundle = await bundleForPage(new URL('../../src/client/index.ts', import.meta.url).pathname, 'SluiceClient')
      const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
      t.teardown(() => browser.close())
      const page = await browser.newPage()
      await page.route(`${url}/page*`, (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ contentType: 'text/javascript', body: bundle })
          : route.fulfill({ contentType: 'text/html', body: '<!doctype html><script src="/page.js"></script>' })
      )
      await page.goto(`${url}/page`)
      const seen = await page.evaluate(
        async ([email, password]) => {
          // @ts-expect-error: globals of the page
          const client = SluiceClient.createClient({ url: location.origin })
          await client.POST('/v1/sessions', { body: { email, password } })
          const names: string[] = []
          for await (const { name } of client.list('/v1/tokens', { params: { query: { limit: 2 } } })) names.push(name)
          const problem = await client
            .GET('/v1/tokens/{tokenId}', { params: { path: { tokenId: 'tok_x' } } })
            .catch(({ name, code }: { name: string; code: string }) => ({ name, code }))
          return { names, problem }
        },
        [owner.email, owner.password] as const
      )
      t.ok(seen.names.includes('five') && seen.names.length > 5)
      t.strictSame(seen.problem, { name: 'ApiProblem', code: 'not_found' })
    }
  )
})
