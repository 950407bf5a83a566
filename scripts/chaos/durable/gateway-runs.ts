import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../src/lib/free-port.ts'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { openRestateServer, type RestateServer } from '../../../test/fixtures/restate-server.ts'
import { openScratchDatabase } from '../../scratch-database.ts'
import { firstThatAnswers } from './first-that-answers.ts'
import { crashDatabase } from './crash-database.ts'
import { type ChaosFlow, chaosFlows, REAL_PACE } from './flows.ts'
import { type Called, callUntilAccepted, prepareGateways } from './gateway-calls.ts'
import { judgeOrder } from './judge-order.ts'
import { createStorm } from './process-storm.ts'
import { planRuns, shuffled, type StormOptions } from './storm-plan.ts'
import { strikeNodes } from './strike-nodes.ts'
import { type Struck, unwellRuns } from './unwell-runs.ts'
import { startChaosUpstream } from './upstream.ts'

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname
const EMAIL = 'chaos@sluice.local'
const PASSWORD = 'pass phrase of the storm'

export interface GatewayChaos extends StormOptions {
  engine: 'postgres' | 'restate'
}

/**
 * The processes that are struck are gateways that answer HTTP and run flows. Callers repeat a call with its
 * `Idempotency-Key`, at any gateway, until one has accepted it.
 * @returns whether each call became one run, every run ended well, and no finished step was made again
 */
export async function gatewayChaos(options: GatewayChaos): Promise<boolean> {
  await using stack = new AsyncDisposableStack()
  const scratch = stack.use(await openScratchDatabase('chaos'))
  const upstream = stack.adopt(await startChaosUpstream(options.latencyMs), (open) => open.close())
  const restate =
    options.engine === 'restate'
      ? stack.adopt(await openRestateServer({ nodes: options.nodes }), (open) => open.close())
      : undefined
  const { pool } = stack.adopt(openDatabase({ url: scratch.url }), (open) => open.close())
  const ports = await Promise.all(Array.from({ length: options.processes }, () => freePort()))
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const env = {
    NODE_ENV: 'production',
    PUBLIC_URL: urls[0] ?? '',
    DATABASE_URL: scratch.url,
    SLUICE_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    EGRESS_ALLOW: `127.0.0.1:${new URL(upstream.url).port}`,
    LOG_LEVEL: 'fatal',
    ...(restate ? await restateEnv(restate, stack) : {})
  }
  const storm = stack.adopt(
    await createStorm({
      size: options.processes,
      launch: (slot): ChildProcess =>
        fork(MAIN, [], {
          env: { ...process.env, ...env, PORT: String(ports[slot]) },
          stdio: ['ignore', 'ignore', 'ignore', 'ipc']
        }),
      pool,
      freezeMs: options.freezeMs
    }),
    (open) => open.end()
  )
  const flows = chaosFlows(upstream.url, REAL_PACE)
  const place = await prepareGateways(urls[0] ?? '', pool, { email: EMAIL, password: PASSWORD }, flows)
  const plan = shuffled(planRuns(flows, options.countOf))
  const blows: Struck[] = []
  const note = (kind: string): void => {
    blows.push({ kind, at: Date.now() })
    console.log(kind)
  }
  const end = Date.now() + options.seconds * 1000
  console.log(`${options.engine}, ${options.processes} gateways, ${plan.length} calls, ${options.seconds} s`)

  const accepted = new Map<string, ChaosFlow>()
  const calls: Called[] = []
  async function accept(): Promise<void> {
    await Promise.all(
      plan.map(async (flow, index) => {
        await sleep((index / plan.length) * options.seconds * 667)
        const called = await callUntilAccepted(urls, place, flow.name)
        calls.push(called)
        accepted.set(called.runId, flow)
      })
    )
  }
  const restart = (): Promise<void> =>
    crashDatabase(scratch, {
      seconds: options.seconds,
      times: options.restarts,
      onRestart: () => note('the database was restarted (immediate)')
    })
  await Promise.all([
    storm.rage(end),
    accept(),
    restart(),
    ...(restate ? [strikeNodes(restate, options.seconds, note)] : [])
  ])
  const kills = storm.blows.filter(({ kind }) => kind === 'killed').length
  console.log(`the storm is over: ${kills} kills, ${storm.blows.length - kills} freezes`)

  const ended = async (): Promise<Record<string, number>> => {
    const { rows } = await pool.query<{ status: string; count: number }>(
      'select status, count(*)::int as count from run where workspace_id = $1 group by status',
      [place.workspaceId]
    )
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
  }
  const open = async (): Promise<number> => {
    const { succeeded = 0, failed = 0, ...rest } = await ended()
    return Math.max(
      accepted.size - succeeded - failed,
      Object.values(rest).reduce((sum, count) => sum + count, 0)
    )
  }
  const calm = Date.now() + options.calmMs
  while ((await open()) > 0 && Date.now() < calm) await sleep(500)
  const { madeAgain, ...order } = judgeOrder(accepted, upstream.received)
  const after = await ended()
  const verdict = {
    calls: plan.length,
    runs: accepted.size,
    runsMade: Object.values(after).reduce((sum, count) => sum + count, 0),
    repeatedCalls: calls.filter(({ attempts }) => attempts > 1).length,
    refusals: Object.fromEntries(
      [
        ...Map.groupBy(
          calls.flatMap(({ refusals }) => refusals),
          (why) => why
        )
      ].map(([why, { length }]) => [why, length])
    ),
    ended: after,
    unwell: await unwellRuns(pool, accepted, upstream.received, [...storm.blows, ...blows]),
    ...order,
    stillOpen: await open(),
    secondsToCalm: Math.round((Date.now() - end) / 1000)
  }
  console.log(JSON.stringify(verdict, null, 2))
  for (const line of madeAgain) console.log(line)
  return (
    verdict.runs === plan.length &&
    verdict.runsMade === plan.length &&
    after['succeeded'] === plan.length &&
    order.stepsMissing === 0 &&
    order.repeatsWithAnotherKey === 0 &&
    order.finishedStepsMadeAgain === 0
  )
}

/** Gateways reach whichever node of Restate answers. */
async function restateEnv(
  { nodes, place }: RestateServer,
  stack: AsyncDisposableStack
): Promise<Record<string, string>> {
  const balance = async (urls: readonly string[]): Promise<string> => {
    const ports = urls.map((url) => Number(new URL(url).port))
    return stack.adopt(await firstThatAnswers(ports), (open) => open.close()).url
  }
  return {
    DURABLE_ENGINE: 'restate',
    RESTATE_INGRESS_URL: await balance(nodes.map(({ ingressUrl }) => ingressUrl)),
    RESTATE_ADMIN_URL: await balance(nodes.map(({ adminUrl }) => adminUrl)),
    RESTATE_SERVICE_PORT: String(place.servicePort)
  }
}
