import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { ADVISORY_LOCK_CLASSES } from '../../src/lib/advisory-locks.ts'
import { startCalls } from './gateways/calls.ts'
import { type EmbeddedGateway, until, withEmbeddedGateway } from './gateways/embedded-gateway.ts'

// npm run chaos:stop: a gateway with its embedded database removes 200,000 expired runs. Meanwhile a durable run waits
// for 3 s, and a listener is called without pause; then the gateway gets SIGTERM. Prints how long the wait and the stop
// took. Exits 1 if the wait took more than 4 s, the stop more than 2 s plus the drain, if the database's server is
// left, or if a call was answered whose run is not recorded.

const RUNS = 200_000
const DRAIN_SECONDS = 1
const WAIT_LIMIT_MS = 4_000
const STOP_LIMIT_MS = 2_000
/** The job that removes expired runs. Each process tries once a minute to start it. */
const REMOVAL = 'remove expired runs'
const JOBS_START_MS = 150_000
/** How long the listener is called before the stop. */
const CALLS_MS = 1_000
const CALLERS = 4
const PAUSE_MS = 10

await withEmbeddedGateway({ DRAIN_SECONDS: String(DRAIN_SECONDS) }, measure)

async function measure(gateway: EmbeddedGateway): Promise<void> {
  const { call, listener, password, session, workspaceId } = gateway
  const waiting = await listener('wait', [{ pause: { wait: { seconds: 3 } } }], { mode: 'async' })
  const quick = await listener('quick', [{ answer: { set: { ok: true } } }])
  const token = (await call('POST', '/v1/tokens', { name: 'stop', days: 1, password }, session)).json.token
  const client = new pg.Client({ connectionString: gateway.databaseUrl() })
  client.on('error', () => {})
  await client.connect()
  // While this lock is held, the job skips its turns, so that it starts only when all runs exist.
  const lock = [ADVISORY_LOCK_CLASSES.periodicJobs, REMOVAL]
  await client.query('select pg_advisory_lock($1, hashtext($2))', lock)
  await client.query(
    `insert into run (id, workspace_id, flow_id, flow_version, mode, status, request_id, caller, input, output, steps,
       started_at, finished_at)
     select 'run_' || n, $1, 'flw_1', 1, 'sync', 'succeeded', 'req_1', '{}', '{}', '{}', '[]',
       now() - interval '400 days', now() - interval '400 days' from generate_series(1, $2::int) n`,
    [workspaceId, RUNS]
  )
  await client.query('select pg_advisory_unlock($1, hashtext($2))', lock)
  const left = async (): Promise<number> =>
    (await client.query<{ count: number }>(`select count(*)::int as count from run where request_id = 'req_1'`)).rows[0]
      ?.count ?? 0
  await until(async () => (await left()) < RUNS, JOBS_START_MS)

  const startedAt = performance.now()
  const { runId } = (await call('POST', waiting, {}, token)).json
  await until(
    async () => (await call('GET', `/v1/runs/${runId}`, undefined, token)).json.status === 'succeeded',
    60_000
  )
  const waitMs = Math.round(performance.now() - startedAt)
  const removing = await left()
  await client.end()
  const calls = startCalls(gateway.url, {
    paths: [quick],
    token: token ?? '',
    callers: CALLERS,
    pauseMs: PAUSE_MS,
    body: '{}'
  })
  await pause(CALLS_MS)

  const pid = gateway.serverPid()
  const stoppedAt = performance.now()
  gateway.process.kill('SIGTERM')
  const [code] = (await once(gateway.process, 'exit')) as [number | null]
  const stopMs = Math.round(performance.now() - stoppedAt) - DRAIN_SECONDS * 1000
  await calls.stop()
  await pause(100)
  const serverLeft = existsSync(`/proc/${pid}`)
  console.log(`a wait of 3 s took ${waitMs} ms; ${removing} of ${RUNS} expired runs were left then`)
  console.log(`the stop took ${stopMs} ms beside the drain, exit code ${code}; server left: ${serverLeft}`)
  const answered = calls.counts().get('200') ?? 0
  const recorded = await gateway.askAfterwards(
    async (database) =>
      (
        await database.query<{ count: number }>('select count(*)::int as count from run where listener_id = $1', [
          quick.split('/').at(-1)
        ])
      ).rows[0]?.count
  )
  console.log(`${answered} calls were answered before and during the drain, ${recorded} of them are recorded`)
  const good = waitMs <= WAIT_LIMIT_MS && stopMs <= STOP_LIMIT_MS && code === 0 && !serverLeft && recorded === answered
  console.log(good ? 'ok' : 'FAILED')
  process.exitCode = good ? 0 : 1
}
