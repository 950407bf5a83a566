import { fork } from 'node:child_process'
import { once } from 'node:events'
import autocannon from 'autocannon'
import type { Window, WindowResult } from '../bench/load.ts'
import { residentBytes } from '../bench/processes.ts'
import { withGateways } from './gateways/gateways.ts'

// npm run denials: sends 50,000 calls with a revoked token beside listener calls. Prints the latency of the listener
// calls, the memory of the gateway, and the denials that are kept.

const BAD_CALLS = 50_000
const BAD_CONNECTIONS = 16
const SECONDS = 5
const CONNECTIONS = 8

await withGateways(1, async ({ gateways: [gateway], pool, session, listenerId, makeTokens }) => {
  const { url = '', pid = 0 } = gateway ?? {}
  const [good, bad] = await makeTokens(2)
  const path = `${url}/v1/dynamic/listener/${listenerId}`
  const revoked = await fetch(`${url}/v1/tokens/${bad?.id}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${session}` }
  })
  if (revoked.status !== 204) throw new Error(`the revocation answered ${revoked.status}`)
  const load = fork(new URL('../bench/load.ts', import.meta.url).pathname, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  await once(load, 'message')
  const window = async (): Promise<WindowResult> => {
    const answered = once(load, 'message') as Promise<[WindowResult]>
    load.send({
      url: path,
      headers: { Authorization: `Bearer ${good?.token}` },
      connections: CONNECTIONS,
      seconds: SECONDS
    } satisfies Window)
    return (await answered)[0]
  }
  const megabytes = (): number => residentBytes(pid) / (1024 * 1024)

  await window()
  const calm = await window()
  const before = megabytes()
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, megabytes())
  }, 100)
  const startedAt = performance.now()
  const during = window()
  const flood = await autocannon({
    url: path,
    headers: { Authorization: `Bearer ${bad?.token}` },
    connections: BAD_CONNECTIONS,
    amount: BAD_CALLS,
    timeout: 10
  })
  const seconds = (performance.now() - startedAt) / 1000
  const { p50, p99, bad: failed } = await during
  clearInterval(watching)

  console.log(
    `${flood.requests.total} bad calls in ${seconds.toFixed(1)} s; answered 2xx: ${flood['2xx']}, errors: ` +
      `${flood.errors}`
  )
  console.log(
    `listener calls: p50 ${calm.p50} ms, p99 ${calm.p99} ms without; p50 ${p50} ms, p99 ${p99} ms with them ` +
      `(${Math.round(flood.requests.total / seconds)} of them a second); not 2xx: ${calm.bad + failed}`
  )
  console.log(
    `memory of the gateway: ${before.toFixed(0)} MiB before, at most ${most.toFixed(0)} MiB meanwhile, ` +
      `${megabytes().toFixed(0)} MiB after`
  )

  const usage = (await (
    await fetch(`${url}/v1/tokens/${bad?.id}/usage`, { headers: { Authorization: `Bearer ${session}` } })
  ).json()) as { days: { outcomes: Record<string, number> }[] }
  const counted = usage.days.reduce((sum, { outcomes }) => sum + (outcomes.invalid_token ?? 0), 0)
  const {
    rows: [kept]
  } = await pool.query<{ n: number }>('select count(*)::int as n from recorded_call where token_id = $1', [bad?.id])
  console.log(`counted in the usage: ${counted}; listed as denials: ${kept?.n}`)
  if (counted !== flood.requests.total) process.exitCode = 1
  load.kill()
  await once(load, 'exit')
})
