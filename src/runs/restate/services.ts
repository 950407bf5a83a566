import type { Context, ObjectContext, ServiceDefinition, VirtualObjectDefinition } from '@restatedev/restate-sdk'
import { type FlowOutcome, withoutResponse } from '../../dsl/index.ts'
import type { NewRun } from '../engine.ts'
import { needsMending, type RunAlerts } from '../needs-mending.ts'
import type { Tracing } from '../../platform/tracing/tracing.ts'
import { traceRun } from '../trace-steps.ts'
import { EXACT_JSON } from './leaf.ts'
import { type PerformDeps, performRun } from './perform-run.ts'
import type { RunInput } from './run-input.ts'
import { ATTEMPT_MAX_MS, KNOWN_MS, RETRY_MAX_MS, RETRY_MIN_MS, RUNS_SERVICE, SLOTS_OBJECT } from './settings.ts'
import { type Changed, type Claim, freeSlot, NO_SLOTS, type Slots, takeSlot } from './slots.ts'

export interface ServiceDeps extends PerformDeps {
  alerts?: RunAlerts | undefined
  tracing?: Tracing | undefined
  onEnded(): void
  /** How long a held run waits before it checks again, in milliseconds. */
  heldMs: number
  /** Makes Restate forget an invocation that cannot end by itself. */
  dismiss(input: RunInput, invocationId: string): Promise<void>
}

/**
 * The services that Restate calls: one whose invocations are the runs, and an object for each listener that limits its
 * runs.
 */
export function defineServices(
  deps: ServiceDeps
): [ServiceDefinition<string, unknown>, VirtualObjectDefinition<string, unknown>] {
  const { sdk } = deps
  const retryPolicy = { initialInterval: RETRY_MIN_MS, maxInterval: RETRY_MAX_MS, exponentiationFactor: 2 }

  const runs = sdk.service({
    name: RUNS_SERVICE,
    handlers: {
      run: sdk.handlers.handler({ input: EXACT_JSON }, (ctx: Context, input: unknown) =>
        run(deps, ctx, input as RunInput)
      ),
      signal: async (ctx: Context, given: { invocationId: string; name: string; value: unknown }) => {
        ctx.invocation(sdk.InvocationIdParser.fromString(given.invocationId)).signal(given.name).resolve(given.value)
      }
    },
    options: {
      retryPolicy,
      abortTimeout: ATTEMPT_MAX_MS,
      idempotencyRetention: KNOWN_MS,
      // The journal is not needed after the end: the record has the steps.
      journalRetention: 0
    }
  })

  const slots = sdk.object({
    name: SLOTS_OBJECT,
    handlers: {
      take: (ctx: ObjectContext, claim: Claim & { force: boolean }) =>
        changeSlots(deps, ctx, (slots, limit) => takeSlot(slots, claim, limit, claim.force)),
      free: (ctx: ObjectContext, { invocationId }: { invocationId: string }) =>
        changeSlots(deps, ctx, (slots, limit) => freeSlot(slots, invocationId, limit))
    },
    options: { retryPolicy, journalRetention: 0 }
  })
  return [runs as ServiceDefinition<string, unknown>, slots as VirtualObjectDefinition<string, unknown>]
}

async function run(deps: ServiceDeps, ctx: Context, input: RunInput): Promise<void> {
  const { sdk, records, clock } = deps
  const { run } = input
  // Each attempt checks, because it may be the first one after a wait of weeks.
  const { isHeld, steps: shownSteps } = await records.begin(run)
  if (isHeld)
    throw new sdk.RetryableError('the listener is disabled, or the workspace suspended', { retryAfter: deps.heldMs })
  const { outcome, isFlowGone, mask, after, steps } = await performRun(deps, ctx, input, shownSteps)
  const masked = mask(run.input)
  const finishedAt = clock.now()
  const error = outcome.status === 'failed' ? mask(withoutResponse(outcome.error)) : null
  const ended = await records.end(run.id, {
    status: outcome.status,
    output: outcome.status === 'succeeded' ? mask(outcome.output) : null,
    error,
    input: masked === JSON.stringify(run.input ?? null) ? null : masked,
    finishedAt,
    after,
    steps
  })
  if (ended) tell(deps, run, outcome, finishedAt, error)
  if (!isFlowGone) return
  await deps.dismiss(input, ctx.request().id)
  throw new sdk.RetryableError('the flow was deleted', { retryAfter: deps.heldMs })
}

/** Reports the end of a run to metrics, traces and alerts. */
function tell(deps: ServiceDeps, run: NewRun, outcome: FlowOutcome, finishedAt: number, error: string | null): void {
  deps.onEnded()
  deps.runTimes?.ended({
    mode: 'async',
    status: outcome.status,
    caller: run.caller,
    startedAt: run.acceptedAt,
    finishedAt
  })
  // One span for the whole run with its waits. The steps before a wait are not in it, because another attempt saw them.
  if (deps.tracing)
    traceRun(deps.tracing, { runId: run.id, traceparent: run.caller.trace, at: run.acceptedAt }).end(
      finishedAt,
      outcome.status
    )
  if (needsMending(outcome) && error !== null)
    deps.alerts?.runFailed({
      workspaceId: run.workspaceId,
      flowId: run.flowId,
      listenerId: run.listenerId,
      runId: run.id,
      scheduled: run.caller.kind === 'schedule',
      error: JSON.parse(error)
    })
}

async function changeSlots(
  { sdk, records }: ServiceDeps,
  ctx: ObjectContext,
  change: (slots: Slots, limit: number) => Changed
): Promise<void> {
  const before = (await ctx.get<Slots>('slots')) ?? NO_SLOTS
  const limit = await ctx.run('limit', async () => (await records.limitOf(ctx.key)) ?? null)
  const { slots, granted } = change(before, limit ?? Infinity)
  ctx.set('slots', slots)
  for (const { invocationId, signal } of granted)
    ctx.invocation(sdk.InvocationIdParser.fromString(invocationId)).signal(signal).resolve()
}
