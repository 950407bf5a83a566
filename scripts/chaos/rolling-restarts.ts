import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkOut, findLastVersion } from '../last-version.ts'
import { type Calls, startCalls } from './gateways/calls.ts'
import { until } from './gateways/embedded-gateway.ts'
import { MAIN, type Measured, withGateways } from './gateways/gateways.ts'
import { type Proxy, startHaproxy, startNginx } from './gateways/proxies.ts'

// npm run chaos:rolling, chaos:upgrade, chaos:outage: two gateways behind nginx and behind HAProxy, as shipped and
// documented. A listener that answers at once and one that takes 300 ms are called through both proxies, GET and POST
// in turn. `rolling` restarts one gateway after the other until 10,000 calls are made. `upgrade` begins with the oldest
// version that the migrations let run, and goes to this one and back again; the first new process migrates. `outage`
// stops the database for 10 s. Prints how many calls failed, and exits 1 if one did.

const CALLERS = 8
const PAUSE_MS = 20
const CALLS = 10_000
const ROUNDS_MAX = 10
/** How long a rollout waits before it continues, so that the proxy has noticed the new process. */
const SETTLE_MS = 5_000
const OUTAGE_MS = 10_000

const MODES = { rolling: rollingRestarts, upgrade, outage }
const mode = MODES[process.argv[2] as keyof typeof MODES] ?? rollingRestarts
let failed = 0
let older = MAIN
await using stack = new AsyncDisposableStack()
if (mode === upgrade) older = path.join(await lastVersion(), 'src/main.ts')
await withGateways(2, measure, { DRAIN_SECONDS: '5', TRUST_PROXY: '127.0.0.0/8' }, older)
console.log(failed === 0 ? 'ok' : 'FAILED')
process.exitCode = failed === 0 ? 0 : 1

async function measure(measured: Measured): Promise<void> {
  const { gateways, listenerId, makeTokens } = measured
  const [token] = await makeTokens(1)
  const urls = gateways.map(({ url }) => url)
  const proxies = [await startNginx(urls), await startHaproxy(urls)]
  try {
    await Promise.all(proxies.map(({ url }) => until(async () => (await fetch(`${url}/readyz`)).ok, 60_000)))
    const given = {
      paths: [`/v1/dynamic/listener/${listenerId}`, await slowListener(measured)],
      token: token?.token ?? '',
      callers: CALLERS,
      pauseMs: PAUSE_MS,
      body: '{"a":1}'
    }
    // Both gateways know the token and the listeners before anything happens.
    for (const url of urls)
      for (const path of given.paths)
        await fetch(url + path, { headers: { Authorization: `Bearer ${given.token}` } }).then((answer) => answer.text())
    const calls = proxies.map((proxy) => ({ proxy, calls: startCalls(proxy.url, given) }))
    await pause(SETTLE_MS)
    await mode(measured, calls)
    await pause(SETTLE_MS)
    for (const { proxy, calls: made } of calls) {
      await made.stop()
      failed += made.failed()
      console.log(`${proxy.name}: ${[...made.counts()].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')}`)
      if (made.example() !== undefined) console.log(`  ${made.example()}`)
    }
  } finally {
    for (const proxy of proxies) await proxy.close()
  }
}

async function rollingRestarts(
  { gateways, restart }: Measured,
  calls: readonly { proxy: Proxy; calls: Calls }[]
): Promise<void> {
  let restarts = 0
  for (let round = 0; round < ROUNDS_MAX && calls.some(({ calls: made }) => made.total() < CALLS); round++) {
    for (const gateway of gateways) {
      await restart(gateway)
      restarts++
      await pause(SETTLE_MS)
    }
  }
  console.log(`${restarts} restarts`)
}

async function upgrade(
  { gateways, restart, pool }: Measured,
  calls: readonly { proxy: Proxy; calls: Calls }[]
): Promise<void> {
  const migrations = async (): Promise<number> =>
    (await pool.query<{ count: number }>('select count(*)::int as count from _prisma_migrations')).rows[0]?.count ?? 0
  const before = await migrations()
  let rounds = 0
  for (; rounds < ROUNDS_MAX && calls.some(({ calls: made }) => made.total() < CALLS); rounds++)
    for (const program of [MAIN, older]) {
      for (const gateway of gateways) {
        await restart(gateway, program)
        await pause(SETTLE_MS)
      }
    }
  console.log(
    `${rounds} times to this version and back, with ${(await migrations()) - before} migrations the first time`
  )
}

/** The folder of the oldest version that the migrations let run. @throws if the history does not have it */
async function lastVersion(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-last-version-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const version = await findLastVersion()
  const obstacle = typeof version === 'string' ? version : await checkOut(version, folder)
  if (typeof version === 'string' || obstacle !== undefined) throw new Error(`there is no older version: ${obstacle}`)
  console.log(`from ${version.commit.slice(0, 7)}, whose newest migration is ${version.newestMigration}`)
  return folder
}

async function outage({ stopDatabase }: Measured): Promise<void> {
  await stopDatabase(OUTAGE_MS)
  console.log(`the database was away for ${OUTAGE_MS / 1000} s`)
}

/** Creates a listener that answers after 300 ms. Returns its path. */
async function slowListener({ gateways, session, workspaceId }: Measured): Promise<string> {
  const at = `${gateways[0]?.url}/v1/workspaces/${workspaceId}`
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` }
    return (await (await fetch(at + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as {
      id: string
    }
  }
  const flow = await post('/flows', {
    document: { dsl: '1.0.3', namespace: 'measure', name: 'slow', version: '1.0.0' },
    do: [{ pause: { wait: { milliseconds: 300 } } }, { answer: { set: { ok: true } } }]
  })
  const listener = await post('/listeners', { name: 'slow', flowId: flow.id })
  return `/v1/dynamic/listener/${listener.id}`
}
