import t from 'tap'
import type { MetricSources } from '../../src/http/metric-sources.ts'
import { createMetrics, REASONS_MAX, routeClass } from '../../src/http/metrics.ts'
import type { CallReport } from '../../src/platform/log/call-report.ts'

const CALL: CallReport = {
  requestId: 'req_1',
  method: 'GET',
  route: '/v1/tokens/:tokenId',
  path: '/v1/tokens/tok_1',
  status: 200,
  ms: 4,
  ip: '192.0.2.1'
}

function sources(): MetricSources {
  return {
    caches: { token: { stats: () => ({ hits: 7, misses: 3, size: 2 }) } },
    expressions: { stats: () => ({ fast: 11, pool: 5, aborted: 1, queued: 4, starting: 1, workers: 2 }) },
    egress: {
      onEnded() {},
      stats: () => ({
        requests: 9,
        inFlight: 1,
        redirects: 2,
        retries: 1,
        failures: {
          refused: 3,
          invalid_url: 0,
          dns: 0,
          connect: 0,
          tls: 0,
          timeout: 6,
          too_large: 0,
          too_many_redirects: 0,
          bad_encoding: 0,
          protocol: 0,
          aborted: 0,
          withheld: 0
        },
        connections: { origins: 1, open: 2, idle: 1, waiting: 5 }
      })
    },
    recorder: { stats: () => ({ waiting: 12, dropped: 1, written: 40 }) },
    passwordHasher: { queued: () => 6 },
    notifications: { connected: () => true },
    periodicJobs: {
      stats: () => ({
        done: { 'trim links': 3 },
        failed: { 'trim usage': 1 },
        lastDone: { 'trim links': 1_795_000_000 },
        seconds: { 'trim links': 0.5 }
      })
    },
    audit: { counts: () => ({ 'token.revoked': 8 }) }
  }
}

/** The lines of our own metrics, `name{labels}` → value. */
async function scrape(metrics: ReturnType<typeof createMetrics>): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('sluice_'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
  )
}

t.test('a call is counted by route, method and status, and timed by the part of the gateway', async (t) => {
  const metrics = createMetrics(sources())
  for (let calls = 0; calls < 3; calls++) metrics.onCall({ ...CALL, path: `/v1/tokens/tok_${calls}` })
  metrics.onCall({ ...CALL, status: 404, code: 'not_found', why: 'no_route' })
  const values = await scrape(metrics)
  t.equal(values.get('sluice_http_requests_total{route="/v1/tokens/:tokenId",method="GET",status="200"}'), 3)
  t.equal(values.get('sluice_http_requests_total{route="/v1/tokens/:tokenId",method="GET",status="404"}'), 1)
  t.equal(values.get('sluice_http_request_duration_seconds_count{class="management"}'), 4)
  t.equal(
    values.get('sluice_http_request_duration_seconds_bucket{le="0.0025",class="management"}'),
    0,
    'seconds, not milliseconds'
  )
  t.equal(values.get('sluice_http_request_duration_seconds_bucket{le="0.005",class="management"}'), 4)
  t.notOk(
    [...values.keys()].some((key) => key.includes('tok_')),
    'no id is a label'
  )
})

t.test('a call of a listener has an outcome, and no label that names the listener', async (t) => {
  const metrics = createMetrics(sources())
  const call: CallReport = {
    ...CALL,
    route: '/v1/dynamic/listener/:listenerId',
    path: '/v1/dynamic/listener/lsn_1',
    listenerId: 'lsn_1'
  }
  metrics.onCall(call)
  metrics.onCall({ ...call, listenerId: 'lsn_2' })
  metrics.onCall({ ...call, status: 401, code: 'invalid_token', why: 'expired' })
  // In compat mode a refusal answers 200: it is a refusal all the same.
  metrics.onCall({ ...call, status: 200, code: 'flow_failed' })
  const values = await scrape(metrics)
  t.equal(values.get('sluice_listener_calls_total{outcome="answered"}'), 2)
  t.equal(values.get('sluice_listener_calls_total{outcome="invalid_token"}'), 1)
  t.equal(values.get('sluice_listener_calls_total{outcome="flow_failed"}'), 1)
  t.notOk([...values.keys()].some((key) => key.includes('lsn_')))
})

t.test('a refusal is counted by its code and reason; what is not a word of ours is "other"', async (t) => {
  const metrics = createMetrics(sources())
  metrics.onCall({ ...CALL, status: 401, code: 'invalid_token', why: 'revoked' })
  metrics.onCall({ ...CALL, status: 401, code: 'unauthenticated' })
  metrics.onCall({ ...CALL, status: 400, code: 'invalid_request', why: '2 credentials in one request' })
  metrics.onCall({ ...CALL, status: 500, code: 'internal_error', why: 'aborted' })
  const values = await scrape(metrics)
  t.equal(values.get('sluice_refusals_total{code="invalid_token",why="revoked"}'), 1)
  t.equal(values.get('sluice_refusals_total{code="unauthenticated",why="none"}'), 1)
  t.equal(values.get('sluice_refusals_total{code="invalid_request",why="other"}'), 1)
  t.equal(
    values.get('sluice_refusals_total{code="internal_error",why="other"}'),
    1,
    'what an unforeseen error says is no label'
  )
})

t.test('the reasons are bounded, whatever comes', async (t) => {
  const metrics = createMetrics(sources())
  for (let index = 0; index < REASONS_MAX * 3; index++)
    metrics.onCall({ ...CALL, status: 401, code: 'invalid_token', why: `reason_${index}` })
  const reasons = [...(await scrape(metrics))].filter(([key]) => key.startsWith('sluice_refusals_total'))
  t.equal(reasons.length, REASONS_MAX + 1)
  t.equal(reasons.find(([key]) => key.includes('"other"'))?.[1], REASONS_MAX * 2)
})

t.test('every source is read at each scrape, and totals do not add up over scrapes', async (t) => {
  const metrics = createMetrics(sources())
  await scrape(metrics)
  const values = await scrape(metrics)
  const expected = {
    'sluice_cache_hits_total{cache="token"}': 7,
    'sluice_cache_misses_total{cache="token"}': 3,
    'sluice_cache_records{cache="token"}': 2,
    'sluice_expressions_total{path="fast"}': 11,
    'sluice_expressions_total{path="pool"}': 5,
    sluice_expressions_aborted_total: 1,
    sluice_expression_queue: 4,
    sluice_expression_workers: 2,
    sluice_password_queue: 6,
    sluice_run_records_waiting: 12,
    sluice_run_records_written_total: 40,
    sluice_run_records_dropped_total: 1,
    sluice_egress_requests_total: 9,
    'sluice_egress_failures_total{code="timeout"}': 6,
    sluice_egress_in_flight: 1,
    sluice_egress_redirects_total: 2,
    sluice_egress_retries_total: 1,
    'sluice_egress_connections{state="waiting"}': 5,
    sluice_notifications_connected: 1,
    'sluice_periodic_jobs_done_total{job="trim links"}': 3,
    'sluice_periodic_jobs_failed_total{job="trim usage"}': 1,
    'sluice_periodic_jobs_last_done_seconds{job="trim links"}': 1_795_000_000,
    'sluice_periodic_jobs_seconds_total{job="trim links"}': 0.5,
    'sluice_audit_events_total{action="token.revoked"}': 8
  }
  for (const [key, value] of Object.entries(expected)) t.equal(values.get(key), value, key)
})

t.test('two servers in one process count apart', async (t) => {
  const [one, other] = [createMetrics(sources()), createMetrics(sources())]
  one.onCall(CALL)
  t.notOk([...(await scrape(other)).keys()].some((key) => key.startsWith('sluice_http_requests_total')))
})

t.test('every route has a class', async (t) => {
  t.strictSame(
    ['/v1/dynamic/listener/:listenerId', '/v1/call/:slug/*', '/v1/tokens', '/healthz', '(none)'].map(routeClass),
    ['listener', 'listener', 'management', 'other', 'other']
  )
})
