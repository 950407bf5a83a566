import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { FlowOutcome, Suspended } from '../../dsl/index.ts'
import type { NewRun, RunObserver } from '../engine.ts'
import type { RunTimes } from '../run-times.ts'
import type { ClaimedRun } from './claim.ts'
import { holdRun, type HeldRun } from './held-run.ts'
import type { JournalEntry, JournalWriter } from './journal.ts'
import type { Lease } from './lease.ts'
import { countBusy } from './concurrency-slots.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { runValues } from './run-values.ts'

const FIRST_EPOCH = 1
/** The attempt of a run that has no job: it started outside the queue. */
const NO_ATTEMPT = -1

/** A run that starts inside its request and can outlive it. */
export interface HeldInlineRun {
  readonly held: HeldRun
  readonly outcome: Promise<FlowOutcome | Suspended>
  /**
   * Writes the run and all its results so far. From then on it is recorded like every durable run, and continues in
   * this process without interruption.
   */
  makeDurable(): Promise<void>
}

const INSERT_RUN = `
  insert into run_rest (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, token_id,
                   request_id, caller, input, started_at)
  values ($1, $2, $3, $4, $5, 'async', 'running', $6, $7, $8, $9, $10, $11)`

const INSERT_LIVE = `
  insert into live_run (run_id, workspace_id, listener_id, state, epoch, priority, worker_id, job_id, job_attempt,
                        queued_at, has_slot)
  values ($1, $2, $3, 'running', ${FIRST_EPOCH}, $4, $5, $6, ${NO_ATTEMPT}, $7, $8)`

/** Starts a run with `perform`. Its results are kept in memory until {@link HeldInlineRun.makeDurable} is called. */
export function beginInlineRun(
  deps: {
    pool: Pool
    writer: JournalWriter
    workerId: number
    lease: Lease
    now(): number
    observer: RunObserver
    runTimes?: Pick<RunTimes, 'step'> | undefined
  },
  run: NewRun,
  perform: (held: HeldRun) => Promise<FlowOutcome | Suspended>
): HeldInlineRun {
  const kept: JournalEntry[] = []
  let durable: Promise<void> | undefined

  const writer: JournalWriter = {
    async write(entry) {
      if (!durable) {
        kept.push(entry)
        return
      }
      await durable
      await deps.writer.write(entry)
    },
    fencedWrites: deps.writer.fencedWrites
  }
  const claim: ClaimedRun = {
    // Whether the listener limits its runs is known only once the run is durable. Until then it counts as limited, and
    // the statement that ends it checks.
    runId: run.id,
    epoch: FIRST_EPOCH,
    job: null,
    workspaceId: run.workspaceId,
    listenerId: run.listenerId,
    limited: run.listenerId !== null,
    flowId: run.flowId,
    flowVersion: run.flowVersion,
    requestId: run.requestId,
    caller: run.caller,
    input: run.input,
    startedAt: run.acceptedAt,
    effects: new Map(),
    stepKeys: new Set(),
    lastSeq: 0
  }
  const held = holdRun({
    claim,
    writer,
    lease: {
      ...deps.lease,
      // The worker holds the run only once it is durable. An answer of the database before that does not confirm the
      // run.
      async confirm() {
        await durable
        await deps.lease.confirm()
      }
    },
    now: deps.now,
    isDurable: () => durable !== undefined,
    observer: deps.observer,
    runTimes: deps.runTimes
  })

  return {
    held,
    outcome: perform(held),
    makeDurable() {
      held.confirm(performance.now())
      return (durable ??= transaction(deps.pool, (tx) => insert(tx, run, deps.workerId)).then(async () => {
        for (const entry of kept.splice(0)) await deps.writer.write(entry)
      }))
    }
  }
}

async function insert(tx: PoolClient, run: NewRun, workerId: number): Promise<void> {
  const acceptedAt = new Date(run.acceptedAt)
  await tx.query(INSERT_RUN, runValues(run))
  const hasSlot = run.listenerId !== null && (await countBusy(tx, run.listenerId))
  await tx.query(INSERT_LIVE, [
    run.id,
    run.workspaceId,
    run.listenerId,
    run.priority,
    workerId,
    randomUUID(),
    acceptedAt,
    hasSlot
  ])
}
