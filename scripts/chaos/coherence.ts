import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { summary, withGateways, type Measured } from './gateways/gateways.ts'

// npm run coherence: measures how long after a revocation on one gateway another gateway refuses the token, under load.
// Then it measures the same with the notifications cut in two ways.

const REVOCATIONS = Number(process.argv[2] ?? 500)
/** Each takes seconds, so this many are made at once. */
const REVOCATIONS_CUT = 75
const AT_ONCE = 5
const AT_ONCE_CUT = 25
const LOAD_CONNECTIONS = 8
/** Longer than every promised time. After it a token counts as never refused. */
const GIVE_UP_MS = 20_000
/** CACHE_MAX_STALE and the time of an answer. */
const MAX_STALE_MS = 5_000

await withGateways(2, async (measured) => {
  const [first, second] = measured.gateways.map(({ url }) => new Pool(url, { connections: 64 }))
  if (!first || !second) throw new Error('two gateways are needed')
  const path = `/v1/dynamic/listener/${measured.listenerId}`
  const call = async (token: string): Promise<number> => {
    const { statusCode, body } = await second.request({
      method: 'GET',
      path,
      headers: { authorization: `Bearer ${token}` }
    })
    await body.dump()
    return statusCode
  }
  const revoke = async (id: string): Promise<void> => {
    const { statusCode, body } = await first.request({
      method: 'DELETE',
      path: `/v1/tokens/${id}`,
      headers: { authorization: `Bearer ${measured.session}` }
    })
    await body.dump()
    if (statusCode !== 204) throw new Error(`a revocation answered ${statusCode}`)
  }

  /** Milliseconds from the answer of the revocation to the first refusal by the other gateway. */
  async function measureOne({ id, token }: { id: string; token: string }): Promise<number> {
    await pause(Math.random() * 100)
    const before = await call(token)
    if (before !== 200) throw new Error(`a live token was answered ${before}`)
    await revoke(id)
    const revokedAt = performance.now()
    for (;;) {
      const askedAt = performance.now()
      if ((await call(token)) === 401) return askedAt - revokedAt
      if (askedAt - revokedAt > GIVE_UP_MS) return Infinity
      await pause(1)
    }
  }

  async function measure(count: number, atOnce: number, name: string): Promise<void> {
    const tokens = await measured.makeTokens(count)
    const bystanders = await measured.makeTokens(20)
    let loading = true
    let calls = 0
    const failed: unknown[] = []
    const load = Array.from({ length: LOAD_CONNECTIONS }, async () => {
      while (loading && failed.length === 0) {
        const status = await call(bystanders[calls++ % bystanders.length]?.token ?? '')
        if (status !== 200) failed.push(`a bystander was answered ${status}`)
      }
    })
    const delays: number[] = []
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: atOnce }, async (_, worker) => {
        for (let index = worker; index < tokens.length; index += atOnce) {
          const token = tokens[index]
          if (token) delays.push(Math.max(0, await measureOne(token)))
        }
      })
    )
    loading = false
    await Promise.all(load)
    if (failed.length > 0) throw new Error(String(failed[0]))
    const perSecond = (calls / (performance.now() - startedAt)) * 1000
    const late = delays.filter((ms) => ms > (name === 'news arrives' ? 1_000 : MAX_STALE_MS)).length
    console.log(
      `${name}: ${delays.length} revocations at ${Math.round(perSecond)} calls/s beside them: ${summary(delays)}; ` +
        `later than promised: ${late}`
    )
    if (late > 0) process.exitCode = 1
  }

  await measure(REVOCATIONS, AT_ONCE, 'news arrives')

  const killing = setInterval(() => void terminateListeners(measured), 50)
  await measure(REVOCATIONS_CUT, AT_ONCE_CUT, 'LISTEN connections terminated every 50 ms')
  clearInterval(killing)

  measured.muteNews(true)
  await measure(REVOCATIONS_CUT, AT_ONCE_CUT, 'LISTEN connection swallowed by the network')
  measured.muteNews(false)
  await Promise.all([first.close(), second.close()])
})

async function terminateListeners({ pool }: Measured): Promise<void> {
  await pool
    .query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice notifications'`)
    .catch(() => {})
}
