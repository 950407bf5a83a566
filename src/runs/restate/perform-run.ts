import type { Context, RestatePromise } from '@restatedev/restate-sdk'
import { createActivity, type FlowOutcome, Interrupted, type Journal, runFlow } from '../../dsl/index.ts'
import { ExpressionError } from '../../dsl/expressions/expressions.ts'
import type { Clock } from '../../lib/clock.ts'
import { parseJson } from '../../lib/exact-json.ts'
import { isUnavailable } from '../../platform/db/client.ts'
import { retryWhileUnavailable } from '../durable/group-commit.ts'
import { RUN_TIME_MS } from '../durable/settings.ts'
import { engineProblem } from '../engine.ts'
import { createGrowingMask } from '../mask.ts'
import type { CreatePorts, Hold } from '../ports.ts'
import { stepJson } from '../step-json.ts'
import type { RunTimes } from '../run-times.ts'
import { type SubflowDeps, withSubflows } from '../subflow.ts'
import { type Freshness, watchKeeping } from './freshness.ts'
import { createFront, type Sdk } from './front.ts'
import type { Gate } from './gate.ts'
import type { HeldAttempts } from './held-attempts.ts'
import { type LeafDeps, LostAttempt, makeLeaf, shortKey } from './leaf.ts'
import type { FurtherSteps, RunRecords } from './records.ts'
import { handedSignal, type RunInput } from './run-input.ts'
import { HANDED_OVER_MS } from './settings.ts'
import { createSteps } from './steps.ts'
import { createWaits, type WaitDeps } from './waits.ts'

const ALL_STEPS = 2 ** 31 - 1

export interface PerformDeps extends SubflowDeps {
  sdk: Sdk
  clock: Clock
  version: string
  createPorts: CreatePorts
  records: RunRecords
  freshness: Freshness
  gate: Gate
  held: HeldAttempts
  events: WaitDeps['events']
  runTimes?: Pick<RunTimes, 'ended' | 'step'> | undefined
}

/** How a run ended, and the steps that its record still needs. */
export interface Performed extends FurtherSteps {
  outcome: FlowOutcome
  /** The flow, or a sub-flow of it, was deleted: no attempt can continue or end in order. */
  isFlowGone: boolean
  /** JSON text of a value, with the secrets of this run masked. */
  mask(value: unknown): string
}

/**
 * Runs a flow to its end within one attempt of Restate at its invocation. The next attempt, after a wait or after a
 * lost attempt, begins anew and gets the results so far from Restate.
 * @param shownSteps how many steps the record has
 * @throws LostAttempt, and whatever Restate's SDK throws to end an attempt
 */
export async function performRun(
  deps: PerformDeps,
  ctx: Context,
  input: RunInput,
  shownSteps: number
): Promise<Performed> {
  const { sdk, clock, records } = deps
  const { run, seed } = input
  const activity = createActivity()
  const abort = new AbortController()
  const attempt = ctx.request().attemptCompletedSignal
  const { freshness } = deps
  const isFresh = freshness.watch()
  let isReleased = false
  let isFlowGone = false
  const isLost = (): boolean => isReleased || attempt.aborted || !isFresh()
  attempt.addEventListener('abort', () => abort.abort(), { once: true })
  const front = createFront({ sdk, activity, onCancelled: () => abort.abort() })

  /** Ends this attempt. Another one begins anew, here or elsewhere. */
  function letGo(): void {
    isReleased = true
    abort.abort()
  }

  function release(): never {
    letGo()
    throw new LostAttempt(run.id)
  }

  const secrets = new Set<string>()
  const masked = createGrowingMask(secrets)
  const steps = createSteps({
    before: seed?.steps ?? [],
    shown: shownSteps,
    isLost,
    write: (step) => stepJson(step, masked),
    // Shows the steps while the run goes on. They are written for good by whoever takes them.
    show: (further) => records.show(run.id, further).catch(() => {}),
    runTimes: deps.runTimes
  })
  const known = new Map(seed?.effects)
  const underWay = new Set(seed?.underWay)
  const leaf: LeafDeps = { isLost, caughtUp: freshness.caughtUp, gate: deps.gate, leave: steps.show }

  const hold: Hold = {
    isFresh: () => freshness.isCaughtUp() && !isLost(),
    isDurable: () => true,
    // Called where a call was not sent because the attempt is lost, or may be.
    async confirm() {
      await freshness.caughtUp()
      if (isLost()) release()
    },
    async withRetry(work) {
      try {
        return await retryWhileUnavailable(work)
      } catch (error) {
        // Unavailable for too long: the run continues later, maybe elsewhere.
        if (isUnavailable(error)) release()
        throw error
      }
    }
  }

  const subflows: SubflowDeps = {
    findFlow: (workspaceId, name) => hold.withRetry(() => deps.findFlow(workspaceId, name)),
    async readFlow(flowId, version) {
      const flow = await hold.withRetry(() => deps.readFlow(flowId, version))
      if (flow === undefined) {
        isFlowGone = true
        letGo()
      }
      return flow
    }
  }
  // A busy pool must not decide how the run continues: the next attempt may not meet it, and would then ask for
  // something else. So this attempt ends.
  function working(work: Promise<unknown>): void {
    activity.working(work)
    work.catch((error: unknown) => {
      if (error instanceof ExpressionError && error.kind === 'busy') letGo()
    })
  }

  const journal: Journal = {
    effect: async <T>(longKey: string, perform: () => Promise<T>, kind: 'leaf' | 'composite', signal?: AbortSignal) => {
      const key = shortKey(longKey)
      const before = known.get(key)
      if (before !== undefined) return parseJson(before) as T
      if (kind === 'composite') return perform()
      if (underWay.has(key)) {
        const handed = await front.ask(`${key}#handed`, () => handedOver(sdk, ctx, key), signal)
        if (handed !== null) return parseJson(handed) as T
      }
      const keeping = watchKeeping()
      const made = await front.ask(key, () => makeLeaf(leaf, ctx, key, keeping.watch(perform)), signal)
      if (keeping.isLate()) release()
      if ('abandoned' in made) throw new Interrupted()
      if ('failed' in made) throw new Error(made.failed)
      return made.value as T
    }
  }
  const waits = createWaits({
    ctx,
    front,
    sdk,
    clock,
    records,
    run,
    takeSteps: steps.take,
    begun: new Map(seed?.waits),
    limited: input.limited,
    leaf,
    events: deps.events,
    startedInRequest: seed !== undefined
  })

  const perform = async (): Promise<FlowOutcome> => {
    await waits.takeSlot()
    const reading = subflows.readFlow(run.flowId, run.flowVersion)
    activity.working(reading)
    const flow = await reading
    if (!flow) return deleted()
    const context = {
      runtime: {
        version: deps.version,
        metadata: { runId: run.id, requestId: run.requestId, caller: run.caller }
      },
      journal,
      onStep: steps.add,
      onSecret: (secret: string) => void secrets.add(secret),
      maskSecrets: masked,
      signal: abort.signal,
      limits: { runTimeMs: RUN_TIME_MS },
      owner: { key: run.workspaceId },
      startedAt: run.acceptedAt
    }
    const ports = { ...deps.createPorts(run.workspaceId, run.caller, hold), ...waits.ports, working }
    return runFlow(flow, run.input, { ...context, ports: withSubflows(subflows, run.workspaceId, ports, context) })
  }

  // A run of a suspended workspace begins no further effect, here or in the next attempt.
  const leave = deps.held.enter(run.workspaceId, () => {
    isReleased = true
  })
  const outcome = await front.serve(perform()).finally(() => {
    leave()
    steps.stop()
  })
  if (!isFlowGone && isLost()) throw new LostAttempt(run.id)
  const mask = (value: unknown): string => masked(JSON.stringify(value ?? null))
  // The steps in the record stay: this attempt has seen fewer.
  if (isFlowGone) return { outcome: deleted(), isFlowGone, mask, after: ALL_STEPS, steps: [] }
  waits.freeSlot()
  return { outcome, isFlowGone, mask, ...steps.take() }
}

/** The result of an effect that the process of the request performs; null if none arrives within `HANDED_OVER_MS`. */
function handedOver(sdk: Sdk, ctx: Context, key: string): RestatePromise<string | null> {
  return sdk.RestatePromise.race([
    ctx.signal<string>(handedSignal(key)),
    ctx.sleep(HANDED_OVER_MS, `${key}#handed`).map(() => null)
  ])
}

function deleted(): FlowOutcome {
  const error = engineProblem('Flow deleted', 'The flow was deleted before the run could end.')
  return { status: 'failed', error, origin: 'engine' }
}
