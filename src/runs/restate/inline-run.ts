import { type FlowOutcome, Interrupted, type Journal, runFlow, type StepRecord, Suspended } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { REQUEST_SUSPEND_MS, RUN_TIME_MS } from '../durable/settings.ts'
import { createSuspender } from '../durable/suspend.ts'
import { engineProblem, type InlineRun, type NewRun, type RunObserver } from '../engine.ts'
import type { EventWaits } from '../event-waits.ts'
import { createGrowingMask } from '../mask.ts'
import type { CreatePorts } from '../ports.ts'
import type { RunTimes } from '../run-times.ts'
import { stepJson } from '../step-json.ts'
import { type SubflowDeps, withSubflows } from '../subflow.ts'
import { shortKey } from './leaf.ts'
import type { Seed } from './run-input.ts'

/** Gives Restate the result of an effect that was in progress when the run was handed over; null if it failed. */
export type HandOn = (key: string, result: string | null) => Promise<void>

export interface InlineDeps extends SubflowDeps {
  clock: Clock
  version: string
  createPorts: CreatePorts
  eventWaits: EventWaits
  /** Hands a run over to Restate. @returns a function for the results of effects that are still in progress */
  handOver(run: NewRun, seed: Seed): Promise<HandOn>
  onError(error: unknown): void
  runTimes?: Pick<RunTimes, 'step'> | undefined
}

/** A run that has begun in its request, and may have been handed over to Restate. */
export interface HeldInlineRun extends InlineRun {
  /** Resolves when no effect of it is in progress in this process. */
  idle(): Promise<void>
}

/**
 * Runs a flow in its request. Its results are kept in memory until `makeDurable` hands the run over to Restate. From
 * then on no effect begins here; effects in progress end here, and Restate gets their results.
 */
export function beginInlineRun(deps: InlineDeps, run: NewRun, observer: RunObserver): HeldInlineRun {
  const { clock } = deps
  const abort = new AbortController()
  const secrets = new Set<string>()
  const masked = createGrowingMask(secrets)
  const effects = new Map<string, string>()
  const underWay = new Map<string, Promise<void>>()
  const waits = new Map<string, number>()
  const steps: { key: string; record: string }[] = []
  let handing: Promise<HandOn> | undefined
  let hasEnded = false

  async function perform<T>(key: string, make: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    underWay.set(key, promise)
    let text: string | null = null
    try {
      const result = await make()
      effects.set(key, (text = JSON.stringify(result ?? null)))
      return result
    } finally {
      // Without a result, Restate has the effect performed again.
      if (handing !== undefined && !hasEnded) await (await handing)(key, text).catch(deps.onError)
      underWay.delete(key)
      resolve()
    }
  }

  const journal: Journal = {
    async effect(longKey, make, kind) {
      const key = shortKey(longKey)
      if (handing !== undefined) throw new Suspended(clock.now())
      const result = kind === 'leaf' ? await perform(key, make) : await make()
      // The run continues in Restate from here on.
      if (handing !== undefined) throw new Suspended(clock.now())
      if (kind === 'composite') effects.set(key, JSON.stringify(result ?? null))
      return result
    }
  }

  async function outcomeOf(): Promise<FlowOutcome> {
    const flow = await deps.readFlow(run.flowId, run.flowVersion)
    if (!flow) {
      const error = engineProblem('Flow deleted', 'The flow was deleted before the run could end.')
      return { status: 'failed', error, origin: 'engine' }
    }
    const context = {
      runtime: { version: deps.version, metadata: { runId: run.id, requestId: run.requestId, caller: run.caller } },
      journal,
      onStep(step: StepRecord) {
        if (handing !== undefined) return
        observer.onStep(step)
        deps.runTimes?.step(step)
        steps.push({ key: step.key, record: stepJson(step, masked) })
      },
      onSecret(secret: string) {
        secrets.add(secret)
        observer.onSecret(secret)
      },
      maskSecrets: masked,
      signal: abort.signal,
      limits: { runTimeMs: RUN_TIME_MS },
      owner: { key: run.workspaceId },
      startedAt: run.acceptedAt
    }
    const suspender = createSuspender({
      clock,
      once: async (_key, make) => make(),
      events: {
        find: (wait) => deps.eventWaits.find(run.workspaceId, wait),
        wakeBy: async () => false
      },
      suspendMs: REQUEST_SUSPEND_MS
    })
    const ports = {
      ...deps.createPorts(run.workspaceId, run.caller),
      ...suspender,
      sleep: (ms: number, signal: AbortSignal, at: Parameters<typeof suspender.sleep>[2]) => {
        waits.set(shortKey(at.key), clock.now() + ms)
        return suspender.sleep(ms, signal, at)
      }
    }
    return runFlow(flow, run.input, { ...context, ports: withSubflows(deps, run.workspaceId, ports, context) })
  }

  const outcome = outcomeOf().catch((error: unknown) => {
    if (error instanceof Suspended) return error
    throw error
  })

  return {
    outcome,
    async makeDurable() {
      handing ??= deps.handOver(run, {
        effects: [...effects],
        underWay: [...underWay.keys()],
        waits: [...waits],
        steps: [...steps]
      })
      await handing
    },
    abort() {
      hasEnded = true
      abort.abort(new Interrupted())
    },
    close() {
      hasEnded = true
    },
    async idle() {
      await Promise.all(underWay.values())
    }
  }
}
