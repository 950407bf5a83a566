import { createHash } from 'node:crypto'
import { parseJson } from '../../lib/exact-json.ts'
import { Suspended, type Journal, type StepRecord } from '../../dsl/index.ts'
import { isUnavailable } from '../../platform/db/client.ts'
import { createGrowingMask, type Mask } from '../mask.ts'
import type { RunObserver } from '../engine.ts'
import type { Hold } from '../ports.ts'
import type { RunTimes } from '../run-times.ts'
import { stepJson } from '../step-json.ts'
import type { ClaimedRun } from './claim.ts'
import { retryWhileUnavailable } from './group-commit.ts'
import { Fenced, type JournalStep, type JournalWriter } from './journal.ts'
import type { Lease } from './lease.ts'
import { STEP_FLUSH_MS } from './settings.ts'

const KEY_MAX = 500

/**
 * A run while this process holds it: its results, those that are not written yet, and whether the process still holds
 * it.
 */
export interface HeldRun {
  readonly claim: ClaimedRun
  readonly journal: Journal
  readonly signal: AbortSignal
  /**
   * For calls to upstreams, which check the hold right before they send: the process can freeze after it has confirmed
   * its hold.
   */
  readonly hold: Hold
  onStep(step: StepRecord): void
  onSecret(secret: string): void
  /** Records a value under a key when it is first made; returns the recorded one afterwards. */
  once<T>(key: string, make: () => T): Promise<T>
  /** JSON text of a value, with the secrets of this run masked. */
  mask(value: unknown): string
  /** Masks the secrets that this run has read so far in JSON text. */
  maskSecrets: Mask
  /** The database was asked at this time (of `performance.now()`), and answered that this process holds the run. */
  confirm(askedAt: number): void
  /** Removes and returns the steps that are not written yet. The caller must write them. */
  takeSteps(): readonly JournalStep[]
  /**
   * Call this when another process holds the run, or it was cancelled. The run is aborted, and nothing of it may be
   * written any more.
   */
  lose(): void
  isLost(): boolean
  /** Whether other processes can take the run over. */
  isDurable(): boolean
  /** Lets effects in progress end, and suspends the run at the next one. */
  drain(): void
  close(): void
}

export interface HoldOptions {
  claim: ClaimedRun
  writer: JournalWriter
  lease: Lease
  /** When the database was asked for the hold, by `performance.now()`. Default: never; the run is not durable yet. */
  claimedAt?: number
  now(): number
  /** Whether other processes can take the run over. True by default. */
  isDurable?(): boolean
  /** Also receives each step and secret. */
  observer?: RunObserver
  /** Receives each step that is not a repetition. */
  runTimes?: Pick<RunTimes, 'step'> | undefined
}

/**
 * Starts holding a claimed run. An effect checks the hold before it starts, and its result is written before it counts.
 */
export function holdRun(options: HoldOptions): HeldRun {
  const { claim, writer, lease, now, isDurable = () => true, observer, runTimes } = options
  const { runId, epoch } = claim
  const abort = new AbortController()
  const secrets = new Set<string>()
  const stepKeys = new Set(claim.stepKeys)
  let lastSeq = claim.lastSeq
  let steps: JournalStep[] = []
  let confirmedAt = options.claimedAt ?? -Infinity
  let lost = false
  let draining = false
  let timer: NodeJS.Timeout | undefined

  function lose(): void {
    lost = true
    abort.abort(new Fenced(runId))
  }

  async function write(effects: readonly { key: string; result: string }[]): Promise<void> {
    try {
      await writer.write({ runId, epoch, effects, steps: takeSteps() })
    } catch (error) {
      // Fenced, or the database was unavailable for too long: the run continues elsewhere from what is recorded.
      lose()
      throw error
    }
  }

  function takeSteps(): readonly JournalStep[] {
    clearTimeout(timer)
    timer = undefined
    const taken = steps
    steps = []
    return taken
  }

  /** Called before anything leaves the process. @throws Fenced */
  async function requireHold(): Promise<void> {
    if (!isDurable()) return
    // Asks again if the answer is old, because the process may have frozen while it waited for the answer, or if the
    // question was asked before this process held the run.
    while (!lost && !lease.isFresh(confirmedAt)) {
      await lease.caughtUp()
      if (lost || lease.isFresh(confirmedAt)) continue
      await lease
        .confirm()
        .catch(() => retryWhileUnavailable(lease.confirm))
        .catch(lose)
    }
    if (lost) throw new Fenced(runId)
  }

  /** Retries work. If the database stays unavailable for too long, the run is released and continues elsewhere. */
  async function withRetry<T>(work: () => Promise<T>): Promise<T> {
    if (!isDurable()) return work()
    try {
      return await retryWhileUnavailable(work)
    } catch (error) {
      if (isUnavailable(error)) lose()
      throw error
    }
  }

  async function effect<T>(longKey: string, perform: () => Promise<T>): Promise<T> {
    const key = shorten(longKey)
    const known = claim.effects.get(key)
    if (known !== undefined) return parseJson(known) as T
    if (draining) throw new Suspended(now())
    await requireHold()
    const result = await perform()
    if (lost) throw new Fenced(runId)
    await write([{ key, result: JSON.stringify(result) ?? 'null' }])
    return result
  }

  const masked = createGrowingMask(secrets)

  return {
    claim,
    journal: { effect },
    signal: abort.signal,
    hold: {
      isFresh: () => !lost && (!isDurable() || lease.isFresh(confirmedAt)),
      isDurable,
      confirm: requireHold,
      withRetry
    },
    onSecret(secret) {
      secrets.add(secret)
      observer?.onSecret(secret)
    },
    onStep(step) {
      observer?.onStep(step)
      // A resumed run repeats its finished tasks, whose steps are recorded already.
      if (lost || stepKeys.has(step.key)) return
      stepKeys.add(step.key)
      runTimes?.step(step)
      steps.push({ seq: ++lastSeq, key: step.key, record: stepJson(step, masked) })
      timer ??= setTimeout(() => void write([]).catch(() => {}), STEP_FLUSH_MS).unref()
    },
    once: (key, make) => effect(key, async () => make()),
    mask: (value) => masked(JSON.stringify(value ?? null)),
    maskSecrets: masked,
    confirm(askedAt) {
      confirmedAt = askedAt
    },
    takeSteps,
    lose,
    isLost: () => lost,
    isDurable,
    drain() {
      draining = true
    },
    close: () => clearTimeout(timer)
  }
}

/** Keys grow with the depth of a flow; an index entry of PostgreSQL holds at most 2.7 kB. */
function shorten(key: string): string {
  return key.length <= KEY_MAX ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`
}
