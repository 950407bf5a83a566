import { setTimeout as pause } from 'node:timers/promises'
import { type Calls, startCalls } from './gateways/calls.ts'
import { until } from './gateways/embedded-gateway.ts'
import { type Measured, withGateways } from './gateways/gateways.ts'
import { type Proxy, startHaproxy, startNginx } from './gateways/proxies.ts'

// npm run chaos:rolling, chaos:outage: two gateways behind nginx and behind HAProxy, as shipped and documented.
// A listener that answers at once and one that takes 300 ms are called through both proxies, GET and POST in turn.
// `rolling` restarts one gateway after the other until 10,000 calls are made; `outage` stops the database for 10 s.
// Prints how many calls failed, and exits 1 if one did.

const CALLERS = 8
const PAUSE_MS = 20
const CALLS = 10_000
const ROUNDS_MAX = 10
/** What a rollout waits before it goes on: the proxy must have found the new process. */
const SETTLE_MS = 5_000
const OUTAGE_MS = 10_000

const mode = process.argv[2] === 'outage' ? 'outage' : 'rolling'
let failed = 0
await withGateways(2, measure, { DRAIN_SECONDS: '5', TRUST_PROXY: '127.0.0.0/8' })
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
    await (mode === 'outage' ? outage(measured) : rollingRestarts(measured, calls))
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

async function outage({ stopDatabase }: Measured): Promise<void> {
  await stopDatabase(OUTAGE_MS)
  console.log(`the database was away for ${OUTAGE_MS / 1000} s`)
}

/** The path of a listener that is answered after 300 ms. */
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
