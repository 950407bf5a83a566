import type { Pool } from 'pg'
import type { RunStatus } from '../run.ts'
import { createGroupCommit } from './group-commit.ts'
import type { JournalStep } from './journal.ts'
import { DATABASE_RETRY_MS } from './settings.ts'
import type { RunQueue } from './queue.ts'
import { releaseSlots } from './concurrency-slots.ts'
import { transaction } from '../../platform/db/transaction.ts'

const BATCH_MAX = 100

/** How a run ended. All data is JSON text, secrets masked. */
export interface EndedRun {
  runId: string
  /** The epoch of the holder that ends it; null to end the run from outside, under any holder. */
  epoch: number | null
  status: Extract<RunStatus, 'succeeded' | 'failed' | 'cancelled'>
  output: string | null
  error: string | null
  /** Null unless masking changed the input that the run started with. */
  input: string | null
  /** Steps that are not in the journal yet. */
  steps: readonly JournalStep[]
  finishedAt: number
}

/**
 * Deletes the live rows of runs and completes the rows that readers see. The steps move from their own rows into the
 * run's row: the tables of the journal hold live runs only.
 */
const END = `
  with given as (
    select * from unnest($1::text[], $2::int[], $3::text[], $4::json[], $5::json[], $6::json[], $7::text[],
                         $8::timestamptz[])
      as given(run_id, epoch, status, output, error, input, steps, finished_at)),
  held as (
    select l.run_id from live_run l join given using (run_id)
     where given.epoch is null or l.epoch = given.epoch order by l.run_id for update of l),
  ended as (
    delete from live_run l using held where l.run_id = held.run_id
    returning l.run_id, l.listener_id, l.has_slot, l.job_id),
  effects as (delete from run_effect e using held where e.run_id = held.run_id),
  large_effects as (delete from run_large_effect e using held where e.run_id = held.run_id),
  steps as (delete from run_step s using held where s.run_id = held.run_id returning s.run_id, s.seq, s.record),
  joined as materialized (
    select run_id, string_agg(record::text, ',' order by seq) as steps from steps group by run_id),
  shown as (
    update run_rest run
       set status = given.status, output = given.output, error = given.error,
           input = coalesce(given.input, run.input), finished_at = given.finished_at,
           steps = ('[' || concat_ws(',', joined.steps, nullif(given.steps, '')) || ']')::json
      from given join held using (run_id) left join joined using (run_id) where run.id = given.run_id)
  select run_id as "runId", listener_id as "listenerId", has_slot as "hasSlot", job_id as "jobId" from ended`

interface Gone {
  runId: string
  listenerId: string | null
  hasSlot: boolean
  jobId: string
}

export interface RunFinisher {
  /** Ends a run. False where it is not held under this epoch. `limited`: its listener limits its runs. */
  end(run: EndedRun & { limited: boolean }): Promise<boolean>
  /** Ends a run from outside and removes its job. Returns whether it was live. */
  endFromOutside(run: Omit<EndedRun, 'epoch' | 'steps' | 'input'>): Promise<boolean>
  /** Suspends a run until `wakeAt` (milliseconds since the epoch). False where it is not held under this epoch. */
  suspend(run: { runId: string; epoch: number; wakeAt: number; steps: readonly JournalStep[] }): Promise<boolean>
}

const SUSPEND = `
  with held as (
    update live_run set state = 'waiting', wake_at = $3, worker_id = null, has_slot = false
     where run_id = $1 and epoch = $2 and state = 'running' returning run_id),
  shown as (update run_rest run set status = 'waiting' from held where run.id = held.run_id),
  steps as (
    insert into run_step (run_id, seq, key, record) select held.run_id, seq, key, record
      from held, unnest($4::int[], $5::text[], $6::json[]) as given(seq, key, record) on conflict do nothing)
  select run_id from held`

/** Ends and suspends runs, each in one transaction with the release of its concurrency slot. */
export function createRunFinisher({ pool, queue }: { pool: Pool; queue: RunQueue }): RunFinisher {
  async function endAll(runs: readonly EndedRun[], execute: Pick<Pool, 'query'>): Promise<Gone[]> {
    const { rows } = await execute.query({
      name: 'durable_end',
      text: END,
      values: [
        runs.map((run) => run.runId),
        runs.map((run) => run.epoch),
        runs.map((run) => run.status),
        runs.map((run) => run.output),
        runs.map((run) => run.error),
        runs.map((run) => run.input),
        runs.map((run) => run.steps.map((step) => step.record).join(',')),
        runs.map((run) => new Date(run.finishedAt))
      ]
    })
    return rows as Gone[]
  }

  /** Ends the runs and releases their concurrency slots in one transaction: a slot is never lost. */
  function endLimited(runs: readonly EndedRun[]): Promise<Gone[]> {
    return transaction(pool, async (tx) => {
      const gone = await endAll(runs, tx)
      await releaseSlots(
        tx,
        queue,
        gone.flatMap(({ hasSlot, listenerId }) => (hasSlot && listenerId !== null ? [listenerId] : []))
      )
      return gone
    })
  }

  const end = createGroupCommit<EndedRun & { limited: boolean }, boolean>({
    batchMax: BATCH_MAX,
    retryForMs: DATABASE_RETRY_MS,
    async write(runs) {
      const gone = runs.some(({ limited }) => limited) ? await endLimited(runs) : await endAll(runs, pool)
      const ended = new Set(gone.map(({ runId }) => runId))
      return runs.map(({ runId }) => ended.has(runId))
    }
  })

  return {
    end,
    async endFromOutside(run) {
      const [gone] = await endLimited([{ ...run, epoch: null, input: null, steps: [] }])
      if (gone) await queue.removeAll([gone.jobId])
      return gone !== undefined
    },
    suspend: ({ runId, epoch, wakeAt, steps }) =>
      transaction(pool, async (tx) => {
        const {
          rows: [slot]
        } = await tx.query<{ listenerId: string | null }>(
          `select listener_id as "listenerId" from live_run where run_id = $1 and epoch = $2 and has_slot for update`,
          [runId, epoch]
        )
        const { rows } = await tx.query({
          name: 'durable_suspend',
          text: SUSPEND,
          values: [
            runId,
            epoch,
            new Date(wakeAt),
            steps.map((step) => step.seq),
            steps.map((step) => step.key),
            steps.map((step) => step.record)
          ]
        })
        if (slot?.listenerId && rows.length > 0) await releaseSlots(tx, queue, [slot.listenerId])
        return rows.length > 0
      })
  }
}
