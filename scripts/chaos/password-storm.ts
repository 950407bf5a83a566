import type { Window, WindowResult } from '../bench/load.ts'
import { type MeasuredWindow, startLoadAndHealth } from './gateways/beside-health.ts'
import { PASSWORD, summary, withGateways } from './gateways/gateways.ts'

// npm run storm: sends 200 password confirmations at once beside listener calls. Prints the latency of the listener
// calls and the answers of the confirmations, refused ones included.

const CONFIRMATIONS = 200
const ROUNDS = 2
const SECONDS = 3
const CONNECTIONS = 8

await withGateways(1, async ({ gateways: [gateway], session, listenerId, makeTokens }) => {
  const url = gateway?.url ?? ''
  const [token] = await makeTokens(1)
  using load = await startLoadAndHealth<Window, WindowResult>(new URL('../bench/load.ts', import.meta.url))
  /** Makes listener calls, and measures /healthz meanwhile. */
  const window = (): Promise<MeasuredWindow<WindowResult>> =>
    load.window(url, {
      url: `${url}/v1/dynamic/listener/${listenerId}`,
      headers: { Authorization: `Bearer ${token?.token}` },
      connections: CONNECTIONS,
      seconds: SECONDS
    })
  const statuses = new Map<string, number>()
  const confirmMs: number[] = []
  let names = 0

  async function confirm(): Promise<void> {
    const startedAt = performance.now()
    const response = await fetch(`${url}/v1/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` },
      body: JSON.stringify({ name: `storm ${++names}`, days: 1, password: PASSWORD })
    })
    await response.arrayBuffer()
    if (response.status === 201) confirmMs.push(performance.now() - startedAt)
    const key =
      response.status === 429 ? `429, Retry-After ${response.headers.get('retry-after')}` : String(response.status)
    statuses.set(key, (statuses.get(key) ?? 0) + 1)
  }

  await window()
  for (let round = 1; round <= ROUNDS; round++) {
    const calm = await window()
    const stormy = window()
    await Promise.all(Array.from({ length: CONFIRMATIONS }, confirm))
    const during = await stormy
    console.log(
      `round ${round}, without: ${report(calm)}\n         with ${CONFIRMATIONS} confirmations at once: ` +
        report(during)
    )
  }
  console.log(
    `confirmations: ${[...statuses].map(([status, number]) => `${number} × ${status}`).join('; ')}; those done: ` +
      summary(confirmMs)
  )
})

function report({ calls, healthMs }: MeasuredWindow<WindowResult>): string {
  return (
    `listener calls p50 ${calls.p50} ms, p99 ${calls.p99} ms, ${Math.round(calls.requests / calls.seconds)}/s, not ` +
    `2xx: ${calls.bad}; GET /healthz ${summary(healthMs)}`
  )
}
