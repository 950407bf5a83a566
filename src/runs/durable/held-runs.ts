import type { Pool } from 'pg'
import type { StandstillWatch } from '../standstill.ts'
import type { HeldRun } from './held-run.ts'
import { createLease, type Lease } from './lease.ts'
import { showAlive } from './liveness.ts'
import type { RunQueue } from './queue.ts'
import { requeueHeld } from './recovery.ts'
import { inSuspendedWorkspace } from './suspended-workspace.ts'

export interface HeldRunsDeps {
  pool: Pool
  queue: RunQueue
  workerId: number
  /** Since when other processes have seen that this one is alive; undefined while they do not. */
  seenSince(): number | undefined
  standstill: StandstillWatch
}

/** The runs that one process holds, and its lease on them. */
export interface HeldRuns {
  readonly lease: Lease
  /** Adds a run. It replaces the run of an earlier epoch. */
  add(run: HeldRun): void
  get(runId: string): HeldRun | undefined
  /** Removes a run, unless another one has replaced it. */
  remove(run: HeldRun): void
  all(): readonly HeldRun[]
  size(): number
}

export function createHeldRuns({ pool, queue, workerId, seenSince, standstill }: HeldRunsDeps): HeldRuns {
  const held = new Map<string, HeldRun>()
  let strays = new Set<string>()

  /**
   * Confirms the runs that this process holds, and releases those that it no longer holds. Requeues runs that the
   * database shows as held here but this process does not know: the claim was committed, and its answer was lost. Makes
   * runs of suspended workspaces stop at their next effect.
   */
  async function touch(askedAt: number): Promise<void> {
    const before = [...held.values()]
    await showAlive(pool, workerId)
    const leased = await queue.touch(before.flatMap(({ claim }) => (claim.job ? [claim.job] : [])))
    const { rows } = await pool.query<{ runId: string; epoch: number; suspended: boolean }>({
      name: 'durable_ours',
      text: `select run_id as "runId", epoch, ${inSuspendedWorkspace('l')} as suspended
               from live_run l where worker_id = $1 and state = 'running'`,
      values: [workerId]
    })
    const ours = new Set(rows.map(keyOf))
    for (const run of before) {
      const { claim } = run
      // A run whose job was handed over is this process's until the next claim, which may come at any moment.
      if (ours.has(keyOf(claim)) && (claim.job === null || leased.has(claim.job.id))) run.confirm(askedAt)
      else if (held.get(run.claim.runId) === run) run.lose()
    }
    for (const { runId } of rows.filter(({ suspended }) => suspended)) held.get(runId)?.drain()
    const unknown = rows.filter(({ runId, epoch }) => held.get(runId)?.claim.epoch !== epoch)
    for (const { runId, epoch } of unknown)
      if (strays.has(keyOf({ runId, epoch }))) await requeueHeld({ pool, queue }, runId, epoch)
    strays = new Set(unknown.map(keyOf))
  }

  return {
    lease: createLease({ ask: touch, seenSince, standstill }),
    add: (run) => void held.set(run.claim.runId, run),
    get: (runId) => held.get(runId),
    remove(run) {
      if (held.get(run.claim.runId) === run) held.delete(run.claim.runId)
    },
    all: () => [...held.values()],
    size: () => held.size
  }
}

function keyOf({ runId, epoch }: { runId: string; epoch: number }): string {
  return `${runId} ${epoch}`
}
