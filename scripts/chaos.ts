import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { newId } from '../src/lib/ids.ts'
import { persist } from '../src/runs/durable/group-commit.ts'
import { chaosFlows, INNER, type ChaosFlow } from './chaos/flows.ts'
import { judge, watchJournal } from './chaos/judge.ts'
import { createStorm, type Storm } from './chaos/storm.ts'
import { startChaosUpstream } from './chaos/upstream.ts'
import { fastClock, openWorker } from './chaos/worker.ts'

// npm run chaos: durable runs while processes are killed and frozen, and the database is restarted. Loopback only, its own scratch database, ends by itself.

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' }, runs: { type: 'string', default: '200' }, others: { type: 'string', default: '4' } } })
const STORM_SECONDS = Math.min(300, Number(values.seconds))
const SEQUENCES = Math.min(2_000, Number(values.runs))
const OF_EACH_OTHER = Math.min(50, Number(values.others))
const WORKERS = 3
const CAPACITY = 24
const LATENCY_MS = [100, 900] as const
/** Waits of minutes are over in seconds. */
const SPEED = 6
/** After the storm everything must end within this. */
const CALM_MS = 180_000

const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-chaos-'))
// The server of a process of root runs as another user: what that user cannot reach would be made elsewhere, and stay there.
await chmod(scratch, 0o711)
const startDatabase = () => startEmbedded({ dataDir: path.join(scratch, 'db'), log: pino({ level: 'fatal' }) })
let database = await startDatabase()
const { url } = database
const startedAt = Date.now()
const clock = fastClock(startedAt, SPEED)
const upstream = await startChaosUpstream(LATENCY_MS)
let failed = true
let storm: Storm | undefined
try {
  await migrate({ url })
  const gateway = await openWorker(url, clock, { role: 'gateway' })
  await watchJournal(gateway.pool)
  const { rows: [{ folder } = { folder: '' }] } = await gateway.pool.query<{ folder: string }>(`select setting as folder from pg_settings where name = 'data_directory'`)
  const workspaceId = newId('wsp')
  const flows = new Map<ChaosFlow, string>()
  await gateway.pool.query(`insert into workspace (id, name, key, secret, created_at) values ($1, 'chaos', $1, 'x', now())`, [workspaceId])
  for (const flow of chaosFlows(upstream.url)) {
    const id = newId('flw')
    flows.set(flow, id)
    const document = { document: { dsl: '1.0.3', namespace: 'chaos', name: flow.name, version: '1.0.0' }, do: flow.tasks }
    await gateway.pool.query(`insert into flow (id, workspace_id, name, latest_version, published_version, created_at, updated_at) values ($1, $2, $3, 1, 1, now(), now())`, [id, workspaceId, flow.name])
    await gateway.pool.query(`insert into flow_version (flow_id, version, name, document, created_by, created_at) values ($1, 1, $2, $3, 'chaos', now())`, [id, flow.name, JSON.stringify(document)])
  }

  const plan = [...flows.keys()].filter(({ name }) => name !== INNER).flatMap((flow) => Array<ChaosFlow>(flow.name === 'sequence' ? SEQUENCES : OF_EACH_OTHER).fill(flow))
  const accepted = new Map<string, ChaosFlow>()
  storm = await createStorm({ size: WORKERS, args: [url, String(startedAt), String(SPEED), String(CAPACITY)], pool: gateway.pool })
  const end = Date.now() + STORM_SECONDS * 1000
  console.log(`${WORKERS} processes, ${plan.length} runs, ${STORM_SECONDS} s`)

  const accepting = (async () => {
    // Over two thirds of the storm, so that runs are accepted while processes die and while the database is away.
    for (const [index, flow] of shuffled(plan).entries()) {
      const id = newId('run')
      const caller = { kind: 'anonymous' as const, id: null, name: null, workspaceId }
      await persist(() => gateway.engine.enqueue({
        id, workspaceId, listenerId: null, flowId: flows.get(flow) ?? '', flowVersion: 1, accountId: null, tokenId: null, requestId: id, caller, input: {}, priority: 0, acceptedAt: clock.now()
      }))
      accepted.set(id, flow)
      const due = end - STORM_SECONDS * 1000 + (index / plan.length) * STORM_SECONDS * 667
      await sleep(Math.max(0, due - Date.now()))
    }
  })()
  const restarting = (async () => {
    await sleep(STORM_SECONDS * 500)
    const pid = Number((await readFile(path.join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0])
    // What `pg_ctl stop -m immediate` does: no checkpoint, the next start recovers from the log.
    process.kill(pid, 'SIGQUIT')
    await database.stop()
    database = await startDatabase()
    console.log(database.url === url ? 'the database was restarted (immediate)' : 'the database came back elsewhere: this run says nothing')
  })()
  await Promise.all([storm.rage(end), accepting, restarting])
  console.log(`the storm is over: ${storm.blows.length} blows`)

  const calm = Date.now() + CALM_MS
  const open = async (): Promise<number> => (await gateway.pool.query<{ count: number }>('select count(*)::int as count from live_run')).rows[0]?.count ?? 0
  while (await open() > 0 && Date.now() < calm) await sleep(500)
  const verdict = await judge(gateway.pool, accepted, upstream.received, storm.blows)
  console.log(JSON.stringify({ ...verdict, secondsToCalm: Math.round((Date.now() - end) / 1000), stillOpen: await open() }, null, 2))
  failed = verdict.ended['succeeded'] !== accepted.size || verdict.stepsMissing > 0 || verdict.repeatsWithAnotherKey > 0 || verdict.finishedStepsMadeAgain > 0
  await gateway.close()
} finally {
  await storm?.end()
  upstream.close()
  await database.stop()
  await rm(scratch, { recursive: true, force: true })
}
console.log(failed ? 'FAILED' : 'every accepted run ended, no finished step was made again')
process.exit(failed ? 1 : 0)

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => [Math.random(), item] as const).sort(([a], [b]) => a - b).map(([, item]) => item)
}
