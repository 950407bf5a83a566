import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { StandstillWatch } from '../standstill.ts'
import { type ClaimedRun, claimRuns } from './claim.ts'
import { type Ending, type ExecuteDeps, performRun, settleRun } from './execute.ts'
import { nextFetch } from './fair-share.ts'
import { type HeldRun, holdRun } from './held-run.ts'
import { createHeldRuns } from './held-runs.ts'
import type { JournalWriter } from './journal.ts'
import type { Lease } from './lease.ts'
import type { JobAttempt, RunQueue } from './queue.ts'
import { requeueHeld } from './recovery.ts'
import { CAPACITY, DRAIN_MS, POLL_MS, TOUCH_MS } from './settings.ts'

const REMOVE_BATCH = 200

export interface WorkerDeps extends ExecuteDeps {
  pool: Pool
  queue: RunQueue
  writer: JournalWriter
  workerId: number
  /** Since when other processes have seen that this one is alive; undefined while they do not. */
  seenSince(): number | undefined
  standstill: StandstillWatch
  /** Whether it claims runs from the queue. If not, it only holds the runs that are given to {@link Worker.keep}. */
  claims: boolean
  capacity?: number
  drainMs?: number
  onError(error: unknown): void
}

export interface Worker {
  readonly lease: Lease
  /** Fetches from the queue now. */
  wake(): void
  /** Holds a run that started in this process until `ending` resolves. */
  keep(run: HeldRun, ending: Promise<Ending>): void
  /** Makes the runs of a suspended workspace that are held here stop at their next effect. */
  stopSuspended(workspaceId: string): Promise<void>
  /** Aborts a run that is held here. False where it is not. */
  abort(runId: string): boolean
  /** Whether it would take another run now. */
  hasRoom(): boolean
  /** Whether its last claim succeeded. */
  isWell(): boolean
  counts(): { ended: number; resumed: number }
  close(): Promise<void>
}

/**
 * Runs the durable runs of one process: claims them, executes them, renews their leases, and hands them back on close.
 */
export function startWorker(deps: WorkerDeps): Worker {
  const { pool, queue, capacity = CAPACITY, drainMs = DRAIN_MS } = deps
  const held = createHeldRuns(deps)
  const { lease } = held
  const finishing = new Set<Promise<void>>()
  const closing = new AbortController()
  let woken = false
  let well = true
  let rouse: (() => void) | undefined
  let ended = 0
  let resumed = 0
  let done: JobAttempt[] = []
  let removing: Promise<void> | undefined

  function wake(): void {
    woken = true
    rouse?.()
  }

  async function claimLoop(): Promise<void> {
    while (!closing.signal.aborted) {
      woken = false
      let found = 0
      try {
        found = await claimSome()
        well = true
      } catch (error) {
        well = false
        deps.onError(error)
      }
      if (found > 0 || woken || closing.signal.aborted) continue
      const timer = new AbortController()
      await Promise.race([
        new Promise<void>((resolve) => {
          rouse = resolve
        }),
        sleep(POLL_MS, undefined, { signal: timer.signal, ref: false }).catch(() => {})
      ])
      timer.abort()
    }
  }

  async function claimSome(): Promise<number> {
    const { limit, otherThan } = nextFetch(
      held.all().map(({ claim }) => claim.workspaceId),
      capacity
    )
    // While other processes do not see this one, they would take over at once what it claims.
    if (limit === 0 || deps.seenSince() === undefined) return 0
    const askedAt = performance.now()
    const jobs = await queue.take(limit, otherThan)
    if (jobs.length === 0) return 0
    try {
      for (const claim of await claimRuns({ pool, queue }, jobs, deps.workerId)) start(claim, askedAt)
    } catch (error) {
      // If the claim was committed after all, `touch` in held-runs.ts finds the run.
      await queue.handOver(jobs).catch(() => {})
      throw error
    }
    return jobs.length
  }

  function start(claim: ClaimedRun, claimedAt: number): void {
    held.get(claim.runId)?.lose()
    if (claim.epoch > 1) resumed++
    const run = holdRun({
      claim,
      writer: deps.writer,
      lease,
      claimedAt,
      now: () => deps.clock.now(),
      runTimes: deps.runTimes
    })
    keep(
      run,
      performRun(deps, run).then((outcome) => settleRun(deps, run, outcome))
    )
  }

  function keep(run: HeldRun, ending: Promise<Ending>): void {
    held.add(run)
    if (closing.signal.aborted) run.drain()
    const finished = finish(run, ending).finally(() => finishing.delete(finished))
    finishing.add(finished)
  }

  async function finish(run: HeldRun, settling: Promise<Ending>): Promise<void> {
    try {
      const ending = await settling
      if (ending === 'ended') ended++
      if (ending !== 'lost' && run.claim.job) remove(run.claim.job)
    } catch (error) {
      // Nothing could be written for too long. The lease expires, and the run continues from its journal elsewhere.
      deps.onError(error)
    } finally {
      run.close()
      held.remove(run)
      wake()
    }
  }

  /** Deletes the jobs of finished runs, many at once. A job that is left behind finds no run when it is claimed. */
  function remove(job: JobAttempt): void {
    done.push(job)
    removing ??= (async () => {
      while (done.length > 0) await queue.remove(done.splice(0, REMOVE_BATCH))
    })()
      .catch(deps.onError)
      .finally(() => {
        removing = undefined
      })
  }

  async function touchLoop(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(TOUCH_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {})
      await lease.confirm().catch((error: unknown) => {
        if (!closing.signal.aborted) deps.onError(error)
      })
    }
  }

  const loops = deps.claims ? [claimLoop(), touchLoop()] : [touchLoop()]

  return {
    lease,
    wake,
    keep,
    async stopSuspended(workspaceId) {
      if (!held.all().some(({ claim }) => claim.workspaceId === workspaceId)) return
      // An answer that is on its way already may be from before the suspension.
      await lease.confirm()
      await lease.confirm()
    },
    abort(runId) {
      const run = held.get(runId)
      run?.lose()
      return run !== undefined
    },
    isWell: () => well,
    hasRoom: () => deps.claims && held.size() < capacity,
    counts: () => ({ ended, resumed }),
    async close() {
      closing.abort()
      wake()
      await Promise.all(loops)
      for (const run of held.all()) run.drain()
      const late = new AbortController()
      await Promise.race([
        Promise.all(finishing),
        sleep(drainMs, undefined, { signal: late.signal, ref: false }).catch(() => {})
      ])
      late.abort()
      for (const { claim, lose } of held.all()) {
        lose()
        await requeueHeld({ pool, queue }, claim.runId, claim.epoch).catch(deps.onError)
      }
      await Promise.all(finishing)
      await removing
    }
  }
}
