import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { SHARE_AT_PART } from '../../src/platform/rate-limits/shared-windows.ts'
import { withGateways } from './gateways/gateways.ts'

// npm run limits: measures how exactly a token's limit holds when its calls reach one process, and when they reach
// three: at a steady rate of three times the limit, and as a burst that is faster than processes exchange their counts.

const PROCESSES = 3
const LIMITS = [10, 100, 1_000]
/** How many calls are made under a limit, as a multiple of it. */
const EXCESS = 3
const TOKENS_EACH = 3
const CONNECTIONS = 16
const STEADY_SECONDS = 5
/** How long the exchange between processes may take on a busy machine. */
const STATEMENT_MS = 200

type Column = 'rate_limit' | 'daily_quota'

await withGateways(PROCESSES, async ({ gateways, pool, listenerId, makeTokens }) => {
  const clients = gateways.map(({ url }) => new Pool(url, { connections: CONNECTIONS }))
  const path = `/v1/dynamic/listener/${listenerId}`

  async function isAdmitted(target: Pool, token: string): Promise<boolean> {
    const { statusCode, body } = await target.request({
      method: 'GET',
      path,
      headers: { authorization: `Bearer ${token}` }
    })
    await body.dump()
    if (statusCode !== 200 && statusCode !== 429) throw new Error(`a call was answered ${statusCode}`)
    return statusCode === 200
  }

  /** Makes calls as fast as they are answered. @returns how many were admitted */
  async function burst(token: string, calls: number, targets: readonly Pool[]): Promise<number> {
    let left = calls
    let passed = 0
    await Promise.all(
      targets.flatMap((target) =>
        Array.from({ length: CONNECTIONS }, async () => {
          while (left-- > 0) if (await isAdmitted(target, token)) passed++
        })
      )
    )
    return passed
  }

  /** Makes calls evenly over {@link STEADY_SECONDS}, to each process in turn. @returns how many were admitted */
  async function steady(token: string, calls: number, targets: readonly Pool[]): Promise<number> {
    const startedAt = performance.now()
    const answers: Promise<boolean>[] = []
    for (let call = 0; call < calls; call++) {
      const target = targets[call % targets.length]
      if (target) answers.push(isAdmitted(target, token))
      await pause(Math.max(0, startedAt + ((call + 1) * STEADY_SECONDS * 1000) / calls - performance.now()))
    }
    return (await Promise.all(answers)).filter(Boolean).length
  }

  async function measure(how: typeof burst, column: Column, limit: number, processes: number): Promise<void> {
    const tokens = await makeTokens(TOKENS_EACH)
    const value = column === 'rate_limit' ? JSON.stringify({ limit, windowSeconds: 3_600 }) : limit
    await pool.query(`update token set ${column} = $1 where id = any($2)`, [value, tokens.map(({ id }) => id)])
    const passed: number[] = []
    const startedAt = performance.now()
    for (const { token } of tokens) passed.push(await how(token, limit * EXCESS, clients.slice(0, processes)))
    const perSecond = ((TOKENS_EACH * limit * EXCESS) / (performance.now() - startedAt)) * 1000
    // Each other process may admit a part of the limit more, and the calls that reach it during one statement.
    const most =
      limit +
      (processes - 1) * Math.ceil(Math.max(1, limit * SHARE_AT_PART) + ((perSecond / processes) * STATEMENT_MS) / 1000)
    const within = passed.every((count) => count >= limit && count <= most)
    console.log(
      `${column === 'rate_limit' ? 'rate limit' : 'daily quota'} of ${limit}, ` +
        `${processes} process${processes === 1 ? '' : 'es'}, ${how.name}, ${Math.round(perSecond)} calls/s: ` +
        `let through ${passed.join(', ')}, at worst ${((Math.max(...passed) / limit - 1) * 100).toFixed(1)} % ` +
        `over; promised at most ${most}${within ? '' : ': BROKEN'}`
    )
    if (!within) process.exitCode = 1
  }

  for (const limit of LIMITS) {
    await measure(burst, 'rate_limit', limit, 1)
    await measure(steady, 'rate_limit', limit, PROCESSES)
    await measure(burst, 'rate_limit', limit, PROCESSES)
  }
  await measure(steady, 'daily_quota', 1_000, PROCESSES)
  await Promise.all(clients.map((client) => client.close()))
})
