import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { NewRun } from '../engine.ts'
import { createGroupCommit } from './group-commit.ts'
import type { NewJob, RunQueue } from './queue.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { runValues } from './run-values.ts'

const BATCH_MAX = 500

const COLUMNS = [
  ['id', 'text'],
  ['workspace_id', 'text'],
  ['listener_id', 'text'],
  ['flow_id', 'text'],
  ['flow_version', 'int'],
  ['account_id', 'text'],
  ['token_id', 'text'],
  ['request_id', 'text'],
  ['caller', 'json'],
  ['input', 'json'],
  ['started_at', 'timestamptz'],
  ['priority', 'int'],
  ['job_id', 'uuid'],
  ['replay_of', 'text']
] as const

const NAMES = COLUMNS.map(([name]) => name).join(', ')
const ARRAYS = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')

/** Inserts the row that readers see and the live row. A run that exists already is left out, and so is its job. */
const INSERT = `
  with given as (select * from unnest(${ARRAYS}) as given(${NAMES})),
  added as (
    insert into run_rest (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, token_id,
                     request_id, caller, input, started_at, replay_of)
    select id, workspace_id, listener_id, flow_id, flow_version, 'async', 'queued', account_id, token_id,
           request_id, caller, input, started_at, replay_of
      from given
    on conflict (id) do nothing returning id)
  insert into live_run (run_id, workspace_id, listener_id, state, priority, job_id, queued_at)
  select given.id, given.workspace_id, given.listener_id, 'queued', given.priority, given.job_id, given.started_at
    from given join added using (id)
  returning run_id as "runId"`

/** Writes the run, its live row and its job in one transaction. Runs that arrive together share one. */
export function createEnqueue({ pool, queue }: { pool: Pool; queue: RunQueue }): (run: NewRun) => Promise<void> {
  return createGroupCommit<NewRun, void>({
    batchMax: BATCH_MAX,
    async write(runs) {
      await transaction(pool, (tx) => insertRuns(tx, queue, runs))
      return []
    }
  })
}

/** @returns the ids of the runs that did not exist yet */
export async function insertRuns(tx: PoolClient, queue: RunQueue, runs: readonly NewRun[]): Promise<string[]> {
  const jobs = new Map<string, NewJob>(
    runs.map((run) => [
      run.id,
      { id: randomUUID(), runId: run.id, workspaceId: run.workspaceId, priority: run.priority }
    ])
  )
  const rows = runs.map((run) => [...runValues(run), run.priority, jobs.get(run.id)?.id, run.replayOf ?? null])
  const { rows: added } = await tx.query<{ runId: string }>({
    name: 'durable_enqueue',
    text: INSERT,
    values: COLUMNS.map((_, column) => rows.map((row) => row[column]))
  })
  await queue.add(
    added.map(({ runId }) => jobs.get(runId)).filter((job) => job !== undefined),
    tx
  )
  return added.map(({ runId }) => runId)
}
