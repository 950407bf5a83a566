import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Window, WindowResult } from './bench/load.ts'
import { PASSWORD, summary, withGateways } from './coherence-gateways.ts'

// npm run storm: 200 password confirmations at once while listener calls go on. What the calls notice of it, and what becomes of the excess.

const CONFIRMATIONS = 200
const ROUNDS = 2
const SECONDS = 3
const CONNECTIONS = 8

await withGateways(1, async ({ gateways: [gateway], session, listenerId, makeTokens }) => {
  const url = gateway?.url ?? ''
  const [token] = await makeTokens(1)
  const load = fork(new URL('./bench/load.ts', import.meta.url).pathname, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  await once(load, 'message')
  const window = async (): Promise<WindowResult> => {
    const answered = once(load, 'message') as Promise<[WindowResult]>
    load.send({ url: `${url}/v1/dynamic/listener/${listenerId}`, headers: { Authorization: `Bearer ${token?.token}` }, connections: CONNECTIONS, seconds: SECONDS } satisfies Window)
    return (await answered)[0]
  }
  const statuses = new Map<string, number>()
  const confirmMs: number[] = []
  const healthMs: number[] = []
  let names = 0

  async function confirm(): Promise<void> {
    const startedAt = performance.now()
    const response = await fetch(`${url}/v1/tokens`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` }, body: JSON.stringify({ name: `storm ${++names}`, days: 1, password: PASSWORD })
    })
    await response.arrayBuffer()
    if (response.status === 201) confirmMs.push(performance.now() - startedAt)
    const key = response.status === 429 ? `429, Retry-After ${response.headers.get('retry-after')}` : String(response.status)
    statuses.set(key, (statuses.get(key) ?? 0) + 1)
  }

  await window()
  for (let round = 1; round <= ROUNDS; round++) {
    const calm = await window()
    const stormy = window()
    let storming = true
    const probing = (async () => {
      while (storming) {
        const startedAt = performance.now()
        await (await fetch(`${url}/healthz`)).arrayBuffer()
        healthMs.push(performance.now() - startedAt)
      }
    })()
    const storms = Promise.all(Array.from({ length: CONFIRMATIONS }, confirm))
    const during = await stormy
    await storms
    storming = false
    await probing
    console.log(`round ${round}: listener calls p50 ${calm.p50} ms, p99 ${calm.p99} ms, ${Math.round(calm.requests / calm.seconds)}/s without; p50 ${during.p50} ms, p99 ${during.p99} ms, ${Math.round(during.requests / during.seconds)}/s with ${CONFIRMATIONS} confirmations at once; not 2xx: ${calm.bad + during.bad}`)
  }
  console.log(`confirmations: ${[...statuses].map(([status, number]) => `${number} × ${status}`).join('; ')}; those done: ${summary(confirmMs)}`)
  console.log(`GET /healthz meanwhile: ${summary(healthMs)}`)
  load.kill()
  await once(load, 'exit')
})
