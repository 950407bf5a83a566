import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { systemClock } from '../../../src/lib/clock.ts'
import type { RestatePlace } from '../../../src/runs/restate/engine.ts'
import { openRestateServer } from '../../../test/fixtures/restate-server.ts'
import { newRun } from '../../chaos/durable/scratch-rows.ts'
import { startChaosUpstream } from '../../chaos/durable/upstream.ts'
import { type ChaosWorker, openWorker } from '../../chaos/durable/worker.ts'
import { benchFlow, CONCURRENT_CALLERS, eachOf, timed, untilSo } from './load.ts'
import { processorMs } from './processor-time.ts'

// Measures both engines in the same way: a closed loop of callers that wait for the end of each run, a filled queue
// that drains, and the time until a run continues whose process was killed.

const EFFECTS = 10
const WARM_RUNS = 200
/** How many runs a process holds when it is killed in the middle of a call. */
const HELD = 20
const POLL_MS = 5

const WORKER = new URL('../../chaos/durable/worker.ts', import.meta.url)

/** Each effect stores a time in the journal, which costs as much as a call without its upstream. */
const FLOWS = {
  one: [{ answer: { set: { ok: true } } }],
  ten: Array.from({ length: EFFECTS }, (_, n) => ({ [`e${n}`]: { set: { at: '${ $task.startedAt.iso8601 }' } } }))
}

interface Row {
  loopPerSecond: number
  drainedPerSecond: number
  /** CPU time of a run in the loop: of this process, the database and Restate. */
  processorMs: number
}

export async function compareEngines(url: string, runs: number): Promise<void> {
  const restate = await openRestateServer()
  try {
    console.log(
      '\n| | closed loop, runs/s | drained/s | processor time a run | killed → first resumed step |\n' +
        '| --- | --- | --- | --- | --- |'
    )
    for (const [engine, place] of [
      ['PostgreSQL', undefined],
      ['Restate', restate.place]
    ] as const) {
      const pids = [await databasePid(url, place), ...restate.nodes.flatMap(({ pid }) => (place && pid ? [pid] : []))]
      await measure(url, place, FLOWS.ten, WARM_RUNS, pids)
      const resumed = await measureKill(url, place)
      for (const [name, tasks] of [
        ['one transform', FLOWS.one],
        [`${EFFECTS} effects`, FLOWS.ten]
      ] as const) {
        const row = await measure(url, place, tasks, runs, pids)
        console.log(
          `| ${engine}, ${name} | ${row.loopPerSecond} | ${row.drainedPerSecond} | ${row.processorMs} ms | ` +
            `${tasks === FLOWS.ten ? `${resumed.first} ms, all ${HELD} after ${resumed.last} ms` : ''} |`
        )
      }
    }
  } finally {
    await restate.close()
  }
}

async function measure(
  url: string,
  place: RestatePlace | undefined,
  tasks: readonly object[],
  count: number,
  pids: readonly number[]
): Promise<Row> {
  const options = place ? { restate: place } : {}
  const gateway = await openWorker(url, systemClock, { role: 'gateway', ...options })
  const flow = await benchFlow(gateway.pool, tasks)
  const first = await openWorker(url, systemClock, { role: 'all', ...options })
  await untilSo(() => first.engine.isReady(), 50)
  const before = await processorMs([process.pid, ...pids])
  const loop = await timed(() => closedLoop(first, flow, count))
  const used = (await processorMs([process.pid, ...pids])) - before
  await first.close()

  await eachOf(count, () => gateway.engine.enqueue(newRun(flow, Date.now())))
  const second = await openWorker(url, systemClock, { role: 'all', ...options })
  const drain = await timed(() => untilSo(async () => (await second.engine.stats()).ended >= count, 50))
  await second.close()
  await gateway.close()
  return {
    loopPerSecond: Math.round((count / loop) * 1000),
    drainedPerSecond: Math.round((count / drain) * 1000),
    processorMs: Math.round((used / count) * 100) / 100
  }
}

/** Each caller queues a run and waits until its record says that it has ended. One statement checks for all callers. */
async function closedLoop(
  { engine, pool }: ChaosWorker,
  flow: { workspaceId: string; flowId: string },
  count: number
): Promise<void> {
  const waiting = new Map<string, () => void>()
  let done = false
  const watching = (async () => {
    while (!done) {
      if (waiting.size > 0) for (const id of await ended(pool, [...waiting.keys()])) waiting.get(id)?.()
      await sleep(POLL_MS)
    }
  })()
  await eachOf(count, async () => {
    const run = newRun(flow, Date.now())
    await engine.enqueue(run)
    await new Promise<void>((resolve) => waiting.set(run.id, resolve))
    waiting.delete(run.id)
  })
  done = true
  await watching
}

async function ended(pool: Pool, ids: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'select id from run_rest where id = any($1) and finished_at is not null',
    [ids]
  )
  return rows.map(({ id }) => id)
}

/** Kills a process in the middle of calls of its runs, beside another process that holds no run. */
async function measureKill(url: string, place: RestatePlace | undefined): Promise<{ first: number; last: number }> {
  const options = place ? { restate: place } : {}
  const upstream = await startChaosUpstream([3_000, 3_000])
  const gateway = await openWorker(url, systemClock, { role: 'gateway', ...options })
  const flow = await benchFlow(gateway.pool, [
    {
      ask: {
        call: 'http',
        with: {
          method: 'post',
          endpoint: { uri: `${upstream.url}/step` },
          body: { run: '${ $workflow.id }', step: 'ask' }
        }
      }
    }
  ])
  const victim = fork(WORKER, [url, '0', '1', String(CONCURRENT_CALLERS), ...(place ? [JSON.stringify(place)] : [])], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  await once(victim, 'message')
  for (let n = 0; n < HELD; n++) await gateway.engine.enqueue(newRun(flow, Date.now()))
  await untilSo(() => upstream.received.length >= HELD)
  const heir = await openWorker(url, systemClock, { role: 'all', ...options })
  await untilSo(() => heir.engine.isReady(), 50)
  const exited = once(victim, 'exit')
  victim.kill('SIGKILL')
  const killedAt = Date.now()
  await exited
  await untilSo(() => upstream.received.length >= 2 * HELD)
  const again = upstream.received.slice(HELD).map(({ at }) => at - killedAt)
  await heir.close()
  await gateway.close()
  upstream.close()
  return { first: Math.min(...again), last: Math.max(...again) }
}

/** The process of the database server, whose children serve the connections. */
async function databasePid(url: string, place: RestatePlace | undefined): Promise<number> {
  const any = await openWorker(url, systemClock, { role: 'gateway', ...(place ? { restate: place } : {}) })
  const {
    rows: [{ folder } = { folder: '' }]
  } = await any.pool.query<{ folder: string }>(
    `select setting as folder from pg_settings where name = 'data_directory'`
  )
  await any.close()
  return Number((await readFile(path.join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0])
}
