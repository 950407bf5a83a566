import t from 'tap'
import { respond } from '../../src/gateway/respond.ts'
import type { FlowOutcome } from '../../src/dsl/index.ts'
import type { Fault } from '../../src/lib/fault.ts'
import type { ListenerRecord } from '../../src/listeners/listener-cache.ts'

const asOutput = { respond: 'output' } as ListenerRecord
const asHttp = { respond: 'http' } as ListenerRecord
const done = (output: unknown): FlowOutcome => ({ status: 'succeeded', output })

function refusal(listener: ListenerRecord, outcome: FlowOutcome): Fault {
  try {
    respond(listener, outcome, 'run_1')
  } catch (error) {
    return error as Fault
  }
  throw new Error('it was answered')
}

t.test('the output is the answer, null is 204', async (t) => {
  t.same(respond(asOutput, done({ a: 1 }), 'run_1'), { status: 200, headers: {}, body: { a: 1 } })
  t.same(respond(asOutput, done(false), 'run_1'), { status: 200, headers: {}, body: false })
  t.same(respond(asOutput, done(null), 'run_1'), { status: 204, headers: {}, body: undefined })
})

t.test(
  "respond http: status, headers and body are the flow's, but for what belongs to the connection or the whole site",
  async (t) => {
    const headers = {
      'X-Total': 3,
      'Content-Type': 'text/csv',
      'Set-Cookie': 'sluice=x',
      'Transfer-Encoding': 'chunked',
      'Access-Control-Allow-Origin': '*',
      'Content-Length': '1',
      'Content-Security-Policy': 'x',
      'Sluice-Run-Id': 'x'
    }
    t.same(respond(asHttp, done({ status: 201, headers, body: 'a,b' }), 'run_1'), {
      status: 201,
      headers: { 'x-total': '3', 'content-type': 'text/csv' },
      body: 'a,b'
    })
  }
)

t.test("respond http: what a browser would obey for the whole site is not the flow's to say", async (t) => {
  const forSite = [
    'NEL',
    'Report-To',
    'Reporting-Endpoints',
    'Alt-Svc',
    'Service-Worker-Allowed',
    'Accept-CH',
    'Critical-CH',
    'Origin-Trial',
    'Origin-Agent-Cluster',
    'Set-Login',
    'Sec-Session-Registration',
    'Secure-Session-Registration',
    'Use-As-Dictionary',
    'Attribution-Reporting-Register-Source',
    'Set-Cookie2',
    'Public-Key-Pins',
    'Expect-CT',
    'Strict-Transport-Security',
    'Clear-Site-Data'
  ]
  for (const name of forSite)
    t.same(respond(asHttp, done({ status: 200, headers: { [name]: 'x' } }), 'run_1').headers, {}, name)
  const forAnswer = {
    link: '</next>; rel=next',
    'cache-control': 'max-age=60',
    vary: 'accept',
    etag: '"1"',
    'content-language': 'de',
    'retry-after': '5',
    'x-nel': 'x'
  }
  t.same(respond(asHttp, done({ status: 200, headers: forAnswer }), 'run_1').headers, forAnswer)
})

t.test("respond http: security headers and what proxies obey are not the flow's to say", async (t) => {
  const reserved = [
    'X-Accel-Redirect',
    'X-Accel-Limit-Rate',
    'X-Sendfile',
    'X-LiteSpeed-Location',
    'X-Lighttpd-Send-File',
    'Surrogate-Control',
    'Surrogate-Key',
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Refresh',
    'Speculation-Rules',
    'Activate-Storage-Access',
    'WWW-Authenticate',
    'Server',
    'Via',
    'SourceMap',
    'X-SourceMap',
    'X-Frame-Options',
    'X-Content-Type-Options',
    'Referrer-Policy',
    'Permissions-Policy',
    'Content-Security-Policy-Report-Only',
    'Cross-Origin-Resource-Policy',
    'Cross-Origin-Opener-Policy'
  ]
  for (const name of reserved)
    t.same(respond(asHttp, done({ status: 200, headers: { [name]: 'x' } }), 'run_1').headers, {}, name)
  const free = { 'x-accelerate': '1', 'x-server': '1', viaduct: '1', 'x-refresh': '1' }
  t.same(respond(asHttp, done({ status: 200, headers: free }), 'run_1').headers, free)
})

t.test('500: an output that is no answer', async (t) => {
  for (const output of [
    null,
    [],
    'x',
    {},
    { status: '200' },
    { status: 99 },
    { status: 600 },
    { status: 200.5 },
    { status: 200, headers: [] },
    { status: 200, headers: { 'a b': 'x' } },
    { status: 200, headers: { a: 'x\r\ny: z' } },
    { status: 200, headers: { a: {} } }
  ]) {
    t.match(
      refusal(asHttp, done(output)),
      { code: 'flow_failed', status: 500, extensions: { runId: 'run_1' } },
      JSON.stringify(output)
    )
  }
})

t.test('a failed run answers as its error deserves, and only a raised one says why', async (t) => {
  const error = {
    type: 'https://example.com/x',
    status: 409,
    title: 'Taken',
    detail: 'by someone',
    instance: '/do/0/x'
  }
  t.match(refusal(asOutput, { status: 'failed', error, origin: 'raise' }), {
    status: 409,
    extensions: { type: 'https://example.com/x', title: 'Taken', detail: 'by someone', runId: 'run_1' }
  })
  t.match(refusal(asOutput, { status: 'failed', error: { ...error, status: 204 }, origin: 'raise' }), { status: 500 })
  for (const [origin, status] of [
    ['upstream', 502],
    ['timeout', 504],
    ['engine', 500]
  ] as const) {
    const fault = refusal(asOutput, { status: 'failed', error, origin })
    t.match(fault, { code: 'flow_failed', status })
    t.same(fault.extensions, { runId: 'run_1' })
  }
  t.match(refusal(asOutput, { status: 'cancelled' }), { code: 'flow_failed', status: 500 })
})

t.test("400: the caller's own input, with each fault", async (t) => {
  const errors = [{ pointer: '/query/sku', message: 'is missing' }]
  t.match(refusal(asOutput, { status: 'failed', error: { type: 'x', status: 400 }, origin: 'input', errors }), {
    code: 'validation_failed',
    status: 400,
    errors
  })
})
