import { setTimeout as pause } from 'node:timers/promises'
import { type EmbeddedGateway, until, withEmbeddedGateway } from './gateways/embedded-gateway.ts'

// npm run chaos:embedded: a gateway with its embedded database answers 100 calls a second of a listener. The database's
// server is killed (SIGKILL) twice. Prints how long a write of management fails, and how many of the calls failed.
// Exits 1 if a call failed, or if the database was not back within 10 s.

const KILLS = 2
const BACK_WITHIN_MS = 10_000
const CALM_MS = 2_000
const CALLERS = 4
const CALL_EVERY_MS = 40

await withEmbeddedGateway({ DRAIN_SECONDS: '0' }, measure)

async function measure({ call, listener, password, session, serverPid }: EmbeddedGateway): Promise<void> {
  const path = await listener('kill', [{ answer: { set: { ok: true } } }])
  const token = (await call('POST', '/v1/tokens', { name: 'kill', days: 1, password }, session)).json.token
  const statuses = new Map<number, number>()
  let calling = true
  const calls = Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (calling) {
        const { status } = await call('GET', path, undefined, token)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        await pause(CALL_EVERY_MS)
      }
    })
  )
  const backMs: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(CALM_MS)
    process.kill(serverPid(), 'SIGKILL')
    const killedAt = performance.now()
    await until(
      async () => (await call('PATCH', '/v1/account', { name: `Kill ${kill}` }, session)).status === 200,
      60_000
    )
    backMs.push(Math.round(performance.now() - killedAt))
  }
  await pause(CALM_MS)
  calling = false
  await calls
  const failed = [...statuses].reduce((sum, [status, count]) => sum + (status === 200 ? 0 : count), 0)
  console.log(`calls: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`)
  console.log(`management writes again after ${backMs.join(' and ')} ms`)
  const good = failed === 0 && backMs.every((ms) => ms <= BACK_WITHIN_MS)
  console.log(good ? 'ok' : 'FAILED')
  process.exitCode = good ? 0 : 1
}
