import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import type { NewRun } from '../../src/runs/engine.ts'
import { syncSchedules } from '../../src/runs/durable/schedules.ts'
import { median } from '../bench/processes.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { insertFlow, insertWorkspace, newRun } from './durable/scratch-rows.ts'
import { createStorm, launchWorker } from './durable/process-storm.ts'
import { openWorker, type ChaosWorker } from './durable/worker.ts'

// npm run durable:claims: counts ticks, limits and fairness with real processes. Uses loopback and a scratch database
// only, and ends by itself.

const TICKS = 60
const CLAIMERS = 8
const LIMIT = 5
const LIMITED_RUNS = 300
const BACKLOG = 10_000
const OTHERS = 100
/** A longer delay means that the backlog of one workspace delays another. */
const SECONDS_OF_DELAY = 5
const CAPACITY = 64
const CALL_MS = 50
const WAIT_MAX_MS = 90_000

const scratch = await openScratchDatabase('claims')
const gateway = await openWorker(scratch.url, systemClock, { role: 'gateway' })
const upstream = await startUpstream()
let held = true
try {
  for (const claim of [everyTickOnce, limitIsExact, backlogDelaysNobody]) held = (await claim(gateway)) && held
} finally {
  upstream.close()
  await gateway.close()
  await scratch[Symbol.asyncDispose]()
}
console.log(held ? 'every claim held' : 'FAILED')
process.exit(held ? 0 : 1)

async function everyTickOnce({ pool }: ChaosWorker): Promise<boolean> {
  return withProcesses(2, async () => {
    const workspaceId = await insertWorkspace(pool)
    const flowId = await insertFlow(pool, {
      workspaceId,
      name: 'tick',
      tasks: [{ answer: { set: { ok: true } } }],
      schedule: { every: { seconds: 1 } }
    })
    await syncSchedules({ pool, clock: systemClock }, flowId)
    await sleep(TICKS * 1000)
    await pool.query('update schedule set paused_at = now()')
    const { rows } = await pool.query<{ tick: Date; count: number }>(
      `select (input->>'scheduledFor')::timestamptz as tick, count(*)::int as count from run where flow_id = $1 ` +
        'group by 1 order by 1',
      [flowId]
    )
    const gaps = rows.slice(1).map(({ tick }, index) => tick.getTime() - (rows[index]?.tick.getTime() ?? 0))
    const twice = rows.filter(({ count }) => count > 1).length
    const missed = gaps.filter((ms) => ms !== 1000).length
    console.log(
      `2 processes, a schedule every second for ${TICKS} s: ${rows.length} ticks, ${twice} twice, ${missed} missed`
    )
    return twice === 0 && missed === 0 && rows.length >= TICKS - 1
  })
}

async function limitIsExact({ pool, engine }: ChaosWorker): Promise<boolean> {
  return withProcesses(CLAIMERS, async () => {
    const workspaceId = await insertWorkspace(pool)
    const flowId = await insertFlow(pool, { workspaceId, name: 'limited', tasks: [callOf(upstream.url)] })
    const listenerId = newId('lsn')
    await pool.query(
      `insert into listener (id, workspace_id, name, flow_id, methods, mode, enabled, respond, status_mode, auth,
        timeout_seconds, cors_origins, allowed_ips, max_concurrency, created_at, updated_at)
      values ($1, $2, 'limited', $3, '{}', 'async', true, 'output', 'strict', '{}', 30, '{}', '{}', $4, now(), now())`,
      [listenerId, workspaceId, flowId, LIMIT]
    )
    upstream.most = 0
    const { ended, seconds } = await runAll(
      engine,
      Array.from({ length: LIMITED_RUNS }, () => newRun({ workspaceId, flowId, listenerId }, Date.now()))
    )
    console.log(
      `${CLAIMERS} processes, ${LIMITED_RUNS} runs of a listener with a limit of ${LIMIT}: ${upstream.most} at ` +
        `once at the most, ${ended} ended in ${seconds.toFixed(1)} s`
    )
    return upstream.most === LIMIT && ended === LIMITED_RUNS
  })
}

async function backlogDelaysNobody({ pool, engine }: ChaosWorker): Promise<boolean> {
  return withProcesses(2, async () => {
    const tasks = [callOf(upstream.url)]
    const [busy, quiet] = [await insertWorkspace(pool), await insertWorkspace(pool)]
    const [busyFlow, quietFlow] = [
      await insertFlow(pool, { workspaceId: busy, name: 'busy', tasks }),
      await insertFlow(pool, { workspaceId: quiet, name: 'quiet', tasks })
    ]
    const others = (): NewRun[] =>
      Array.from({ length: OTHERS }, () => newRun({ workspaceId: quiet, flowId: quietFlow }, Date.now()))
    const alone = await runAll(engine, others())
    await Promise.all(
      Array.from({ length: BACKLOG }, () => engine.enqueue(newRun({ workspaceId: busy, flowId: busyFlow }, Date.now())))
    )
    const beside = await runAll(engine, others())
    const { queued } = await engine.stats()
    const shown = ({ delays, seconds }: Drained): string =>
      `${seconds.toFixed(1)} s, each ${median(delays).toFixed(1)} s (median), ${Math.max(...delays).toFixed(1)} s ` +
      '(worst)'
    console.log(
      `${OTHERS} runs of one workspace alone: ${shown(alone)}\n${OTHERS} runs beside ${BACKLOG} queued ones of ` +
        `another: ${shown(beside)}; ${queued} of those still queued then`
    )
    return beside.ended === OTHERS && queued > 0 && beside.seconds - alone.seconds < SECONDS_OF_DELAY
  })
}

async function withProcesses(size: number, work: () => Promise<boolean>): Promise<boolean> {
  const processes = await createStorm({
    size,
    launch: () => launchWorker([scratch.url, '0', '1', String(CAPACITY)]),
    pool: gateway.pool,
    freezeMs: [2_000, 18_000]
  })
  try {
    return await work()
  } finally {
    await processes.end()
  }
}

interface Drained {
  ended: number
  seconds: number
  /** Seconds from acceptance to the end, of each run. */
  delays: number[]
}

async function runAll(engine: ChaosWorker['engine'], runs: readonly NewRun[]): Promise<Drained> {
  const startedAt = performance.now()
  await Promise.all(runs.map((run) => engine.enqueue(run)))
  const ids = runs.map(({ id }) => id)
  for (const end = startedAt + WAIT_MAX_MS; ;) {
    const { rows } = await gateway.pool.query<{ seconds: number }>(
      'select extract(epoch from finished_at - started_at)::float8 as seconds from run where id = any($1) and ' +
        'finished_at is not null',
      [ids]
    )
    if (rows.length === runs.length || performance.now() > end)
      return {
        ended: rows.length,
        seconds: (performance.now() - startedAt) / 1000,
        delays: rows.map(({ seconds }) => seconds)
      }
    await sleep(20)
  }
}

function callOf(url: string): object {
  return { ask: { call: 'http', with: { method: 'post', endpoint: { uri: url } } } }
}

/** An upstream that counts how many requests are in progress at once. */
async function startUpstream(): Promise<{ url: string; most: number; close(): void }> {
  let busy = 0
  const server = createServer((request, response) => {
    counted.most = Math.max(counted.most, ++busy)
    request.resume()
    void sleep(CALL_MS).then(() => {
      busy--
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const counted = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: 0,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
  return counted
}
