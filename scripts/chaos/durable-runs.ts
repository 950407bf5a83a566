import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { retryWhileUnavailable } from '../../src/runs/durable/group-commit.ts'
import { crashDatabase } from './durable/crash-database.ts'
import { chaosFlows, type ChaosFlow } from './durable/flows.ts'
import { gatewayChaos } from './durable/gateway-runs.ts'
import { judge, watchJournal } from './durable/judge.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { restateChaos } from './durable/restate-runs.ts'
import { insertFlow, insertWorkspace, newRun } from './durable/scratch-rows.ts'
import { createStorm, launchWorker, type Storm } from './durable/process-storm.ts'
import { planRuns, shuffled } from './durable/storm-plan.ts'
import { startChaosUpstream } from './durable/upstream.ts'
import { fastClock, openWorker } from './durable/worker.ts'

// npm run chaos: executes durable runs while it kills and freezes processes and restarts the database. With --engine
// restate: in a cluster of Restate, whose nodes it kills and freezes too.
// --freezes MIN-MAX says for how many milliseconds a process is frozen, --restarts how often the database restarts.
// With --gateways: the processes are whole gateways, and calls over HTTP, which are repeated, start the runs.
// Uses loopback and a scratch database only, and ends by itself.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    runs: { type: 'string', default: '200' },
    others: { type: 'string', default: '4' },
    forks: { type: 'string' },
    engine: { type: 'string', default: 'postgres' },
    nodes: { type: 'string', default: '3' },
    gateways: { type: 'boolean', default: false },
    freezes: { type: 'string', default: '2000-18000' },
    restarts: { type: 'string', default: '1' }
  }
})
const STORM_SECONDS = Math.min(300, Number(values.seconds))
const SEQUENCES = Math.min(2_000, Number(values.runs))
const OF_EACH_OTHER = Math.min(50, Number(values.others))
/** Runs of each flow that does several things at once. */
const OF_EACH_FORK = Math.min(1_000, Number(values.forks ?? OF_EACH_OTHER))
const WORKERS = 3
const CAPACITY = 24
const LATENCY_MS = [100, 900] as const
/** How many times faster the clock of the runs is: waits of minutes take seconds. */
const SPEED = 6
/** After the storm, every run must end within this time. */
const CALM_MS = 180_000

const options = {
  seconds: STORM_SECONDS,
  countOf,
  processes: WORKERS,
  nodes: Math.min(5, Number(values.nodes)),
  latencyMs: LATENCY_MS,
  calmMs: CALM_MS,
  freezeMs: freezes(),
  restarts: Math.min(20, Number(values.restarts))
}
if (values.gateways)
  report(!(await gatewayChaos({ ...options, engine: values.engine === 'restate' ? 'restate' : 'postgres' })))
if (values.engine === 'restate') report(!(await restateChaos(options)))

const scratch = await openScratchDatabase('chaos')
const { url } = scratch
const startedAt = Date.now()
const clock = fastClock(startedAt, SPEED)
const upstream = await startChaosUpstream(LATENCY_MS)
let failed = true
let storm: Storm | undefined
try {
  const gateway = await openWorker(url, clock, { role: 'gateway' })
  await watchJournal(gateway.pool)
  const workspaceId = await insertWorkspace(gateway.pool)
  const flows = new Map<ChaosFlow, string>()
  for (const flow of chaosFlows(upstream.url)) flows.set(flow, await insertFlow(gateway.pool, { workspaceId, ...flow }))

  const plan = planRuns(flows.keys(), countOf)
  const accepted = new Map<string, ChaosFlow>()
  storm = await createStorm({
    size: WORKERS,
    launch: () => launchWorker([url, String(startedAt), String(SPEED), String(CAPACITY)]),
    pool: gateway.pool,
    freezeMs: options.freezeMs
  })
  const end = Date.now() + STORM_SECONDS * 1000
  console.log(`${WORKERS} processes, ${plan.length} runs, ${STORM_SECONDS} s`)

  const accepting = (async () => {
    // Over two thirds of the storm, so that runs are accepted while processes die and while the database is away.
    for (const [index, flow] of shuffled(plan).entries()) {
      const run = newRun({ workspaceId, flowId: flows.get(flow) ?? '' }, clock.now())
      await retryWhileUnavailable(() => gateway.engine.enqueue(run))
      accepted.set(run.id, flow)
      const due = end - STORM_SECONDS * 1000 + (index / plan.length) * STORM_SECONDS * 667
      await sleep(Math.max(0, due - Date.now()))
    }
  })()
  const restarting = crashDatabase(scratch, {
    seconds: STORM_SECONDS,
    times: options.restarts,
    onRestart: () => console.log('the database was restarted (immediate)')
  })
  await Promise.all([storm.rage(end), accepting, restarting])
  console.log(`the storm is over: ${storm.blows.length} blows`)

  const calm = Date.now() + CALM_MS
  const open = async (): Promise<number> =>
    (await gateway.pool.query<{ count: number }>('select count(*)::int as count from live_run')).rows[0]?.count ?? 0
  while ((await open()) > 0 && Date.now() < calm) await sleep(500)
  const verdict = await judge(
    gateway.pool,
    accepted,
    upstream.received,
    storm.blows,
    (at) => startedAt + (at - startedAt) / SPEED
  )
  console.log(
    JSON.stringify(
      { ...verdict, secondsToCalm: Math.round((Date.now() - end) / 1000), stillOpen: await open() },
      null,
      2
    )
  )
  failed =
    verdict.ended['succeeded'] !== accepted.size ||
    verdict.stepsMissing > 0 ||
    verdict.repeatsWithAnotherKey > 0 ||
    verdict.finishedStepsMadeAgain > 0
  await gateway.close()
} finally {
  await storm?.end()
  upstream.close()
  await scratch[Symbol.asyncDispose]()
}
report(failed)

function report(failed: boolean): never {
  console.log(failed ? 'FAILED' : 'every accepted run ended, no finished step was made again')
  process.exit(failed ? 1 : 0)
}

function freezes(): readonly [number, number] {
  const [min, max] = values.freezes.split('-').map(Number)
  if (min === undefined || max === undefined || !(min <= max)) throw new Error('--freezes takes MIN-MAX')
  return [min, max]
}

function countOf({ name }: ChaosFlow): number {
  if (name === 'sequence') return SEQUENCES
  return name === 'fork' || name === 'timeouts' ? OF_EACH_FORK : OF_EACH_OTHER
}
