import { compileExpression } from '../compile/expression.ts'
import type { Scope } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { DurationDefinition, RetryDefinition } from '../document.ts'
import { MAX_RETRY_DELAY_MS } from '../limits.ts'
import type { FlowProblem } from '../problem.ts'
import { fieldText } from '../../lib/http-fields.ts'
import { own } from '../../lib/json.ts'
import { effect, timeOf } from '../run/effect.ts'
import type { Evaluate, TaskState } from '../run/state.ts'
import { evaluateDuration, holds } from '../run/task.ts'
import { retryAfterMs } from './retry-after.ts'

/** A retry policy, compiled. */
export interface Retry {
  /** Limit of one attempt. */
  readonly attemptDuration: Evaluate | undefined
  /** The time from which `limit.duration` counts, in milliseconds since the epoch. */
  start(state: TaskState): number | Promise<number>
  /** Waits until the next attempt is due. Resolves with false if the policy allows no further attempt. */
  wait(failedAttempt: number, startedAt: number, problem: FlowProblem, state: TaskState): Promise<boolean>
}

/**
 * Compiles a policy, defined in place or by its name in `use.retries`. Whatever depends on time or chance is an effect,
 * so that a resumed run retries in the same way.
 */
export function compileRetry(policy: RetryDefinition | string | undefined, scope: Scope): Retry | undefined {
  if (policy === undefined) return undefined
  const definition =
    typeof policy === 'string' ? (own(scope.compiler.document.use?.retries ?? {}, policy) as RetryDefinition) : policy
  const { limit, jitter, backoff } = definition
  // Even without a delay, because an upstream may ask for one.
  scope.compiler.noteWait()
  const duration = (value: DurationDefinition | undefined): Evaluate | undefined =>
    value === undefined ? undefined : compileTemplate(value, scope)
  const delay = duration(definition.delay)
  const total = duration(limit?.duration)
  const jitterFrom = duration(jitter?.from)
  const jitterTo = duration(jitter?.to)
  const when = definition.when === undefined ? undefined : compileExpression(definition.when, scope)
  const exceptWhen = definition.exceptWhen === undefined ? undefined : compileExpression(definition.exceptWhen, scope)

  const jitterMs = async (attempt: number, state: TaskState): Promise<number> => {
    if (jitterFrom === undefined || jitterTo === undefined) return 0
    const from = await evaluateDuration(jitterFrom, state)
    const to = await evaluateDuration(jitterTo, state)
    return from + (to - from) * (await effect(state, `#jitter${attempt}`, async () => state.frame.run.ports.random()))
  }

  return {
    attemptDuration: duration(limit?.attempt?.duration),
    start: (state) => (total === undefined ? 0 : timeOf(state, '#retryStart')),
    wait: async (attempt, startedAt, problem, state) => {
      const { run } = state.frame
      if (attempt > Math.min(limit?.attempt?.count ?? Infinity, run.budget.limits.retries)) return false
      if (!(await holds(when, true, problem, state)) || (await holds(exceptWhen, false, problem, state))) return false
      const base = delay === undefined ? 0 : await evaluateDuration(delay, state)
      const ms = Math.min(
        MAX_RETRY_DELAY_MS,
        Math.max(
          Math.round(base * backoffFactor(backoff, attempt) + (await jitterMs(attempt, state))),
          await askedDelayMs(attempt, problem, state)
        )
      )
      if (
        total !== undefined &&
        (await timeOf(state, `#retry${attempt}`)) - startedAt + ms > (await evaluateDuration(total, state))
      )
        return false
      if (ms > 0) await effect(state, `#delay${attempt}`, (at) => run.ports.sleep(ms, at.signal, at), 'composite')
      return true
    }
  }
}

/** The delay that the upstream asked for in its refusal. */
async function askedDelayMs(attempt: number, { response }: FlowProblem, state: TaskState): Promise<number> {
  const header = fieldText(response?.headers['retry-after'])
  return header === undefined ? 0 : (retryAfterMs(header, await timeOf(state, `#retryAfter${attempt}`)) ?? 0)
}

/** The factor of the delay before the n-th retry. */
function backoffFactor(backoff: RetryDefinition['backoff'], retry: number): number {
  if (backoff?.exponential !== undefined) return 2 ** (retry - 1)
  return backoff?.linear === undefined ? 1 : retry
}
