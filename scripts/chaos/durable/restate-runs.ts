import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../src/lib/clock.ts'
import { RUNS_SERVICE } from '../../../src/runs/restate/settings.ts'
import { openRestateServer } from '../../../test/fixtures/restate-server.ts'
import { openScratchDatabase } from '../../scratch-database.ts'
import { firstThatAnswers } from './first-that-answers.ts'
import { crashDatabase } from './crash-database.ts'
import { type ChaosFlow, chaosFlows, REAL_PACE } from './flows.ts'
import { judgeOrder } from './judge-order.ts'
import { createStorm, launchWorker } from './process-storm.ts'
import { insertFlow, insertWorkspace, newRun } from './scratch-rows.ts'
import { planRuns, shuffled, type StormOptions } from './storm-plan.ts'
import { strikeNodes } from './strike-nodes.ts'
import { type Struck, unwellRuns } from './unwell-runs.ts'
import { startChaosUpstream } from './upstream.ts'
import { openWorker } from './worker.ts'

/** The error of Restate for an attempt that asks for something else than the one before. */
const MISMATCH = /journal mismatch|\b570\b/i

/** @returns whether every accepted run ended well, and no finished step was made again */
export async function restateChaos(options: StormOptions): Promise<boolean> {
  await using stack = new AsyncDisposableStack()
  const scratch = stack.use(await openScratchDatabase('chaos'))
  const upstream = stack.adopt(await startChaosUpstream(options.latencyMs), (open) => open.close())
  const restate = stack.adopt(await openRestateServer({ nodes: options.nodes }), (open) => open.close())
  const portOf = (url: string): number => Number(new URL(url).port)
  const ingress = stack.adopt(
    await firstThatAnswers(restate.nodes.map(({ ingressUrl }) => portOf(ingressUrl))),
    (open) => open.close()
  )
  const admin = stack.adopt(await firstThatAnswers(restate.nodes.map(({ adminUrl }) => portOf(adminUrl))), (open) =>
    open.close()
  )
  const place = { ...restate.place, ingressUrl: ingress.url, adminUrl: admin.url }
  const gateway = stack.adopt(await openWorker(scratch.url, systemClock, { role: 'gateway', restate: place }), (open) =>
    open.close()
  )
  const workspaceId = await insertWorkspace(gateway.pool)
  const flows = new Map<ChaosFlow, string>()
  for (const flow of chaosFlows(upstream.url, REAL_PACE))
    flows.set(flow, await insertFlow(gateway.pool, { workspaceId, ...flow }))
  const plan = planRuns(flows.keys(), options.countOf)
  const errors: string[] = []
  const nodeBlows: Struck[] = []
  const note = (kind: string): void => {
    nodeBlows.push({ kind, at: Date.now() })
    console.log(kind)
  }
  const storm = stack.adopt(
    await createStorm({
      size: options.processes,
      launch: () => launchWorker([scratch.url, '0', '1', '0', JSON.stringify(place)]),
      pool: gateway.pool,
      freezeMs: options.freezeMs,
      onError: (text) => errors.push(text)
    }),
    (open) => open.end()
  )
  const accepted = new Map<string, ChaosFlow>()
  const end = Date.now() + options.seconds * 1000
  console.log(`${options.nodes} nodes, ${options.processes} processes, ${plan.length} runs, ${options.seconds} s`)

  async function accept(): Promise<void> {
    for (const [index, flow] of shuffled(plan).entries()) {
      const run = newRun({ workspaceId, flowId: flows.get(flow) ?? '' }, Date.now())
      // Repeated until the run is known to be accepted. It stays one run.
      while (
        !(await gateway.engine.enqueue(run).then(
          () => true,
          () => false
        ))
      )
        await sleep(300)
      accepted.set(run.id, flow)
      const due = end - options.seconds * 1000 + (index / plan.length) * options.seconds * 667
      await sleep(Math.max(0, due - Date.now()))
    }
  }

  const restart = (): Promise<void> =>
    crashDatabase(scratch, {
      seconds: options.seconds,
      times: options.restarts,
      onRestart: () => note('the database was restarted (immediate)')
    })

  await Promise.all([storm.rage(end), accept(), strikeNodes(restate, options.seconds, note), restart()])
  const kills = storm.blows.filter(({ kind }) => kind === 'killed').length
  console.log(`the storm is over: ${kills} kills, ${storm.blows.length - kills} freezes`)
  const calm = Date.now() + options.calmMs
  const ended = async (): Promise<Record<string, number>> => {
    const { rows } = await gateway.pool.query<{ status: string; count: number }>(
      'select status, count(*)::int as count from run_rest where id = any($1) group by status',
      [[...accepted.keys()]]
    )
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
  }
  const open = async (): Promise<number> => {
    const { succeeded = 0, failed = 0 } = await ended()
    return accepted.size - succeeded - failed
  }
  while ((await open()) > 0 && Date.now() < calm) await sleep(500)
  const { madeAgain, ...order } = judgeOrder(accepted, upstream.received)
  const mismatches = errors.filter((text) => MISMATCH.test(text))
  const verdict = {
    runs: accepted.size,
    ended: await ended(),
    unwell: await unwellRuns(gateway.pool, accepted, upstream.received, [...storm.blows, ...nodeBlows]),
    ...order,
    journalMismatches: mismatches.length,
    stillOpen: await open(),
    secondsToCalm: Math.round((Date.now() - end) / 1000)
  }
  console.log(JSON.stringify(verdict, null, 2))
  for (const line of [...madeAgain, ...mismatches.slice(0, 3)]) console.log(line)
  if ((await open()) > 0) console.log(await openInvocations(admin.url))
  return (
    verdict.ended['succeeded'] === accepted.size &&
    order.stepsMissing === 0 &&
    order.repeatsWithAnotherKey === 0 &&
    order.finishedStepsMadeAgain === 0 &&
    mismatches.length === 0
  )
}

/** Restate's rows of the invocations of runs that have not ended. */
async function openInvocations(adminUrl: string): Promise<unknown> {
  const query = `select idempotency_key as run, status, retry_count, last_failure, next_retry_at,
             last_attempt_deployment_id
      from sys_invocation where target_service_name = '${RUNS_SERVICE}' and status <> 'completed' limit 10`
  const answer = await fetch(`${adminUrl}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query })
  })
  return answer.json()
}
