import type { Pool } from 'pg'
import { retryWhileUnavailable } from '../durable/group-commit.ts'
import { runValues } from '../durable/run-values.ts'
import { inSuspendedWorkspace } from '../durable/suspended-workspace.ts'
import type { NewRun } from '../engine.ts'
import type { RunStatus } from '../run.ts'

const COLUMNS = `id, workspace_id, listener_id, flow_id, flow_version, mode, account_id, token_id, request_id, caller,
  input, started_at, replay_of, status`
const VALUES = `$1, $2, $3, $4, $5, 'async', $6, $7, $8, $9::json, $10::json, $11::timestamptz, $12`

/**
 * The record may be inserted twice: by the process that accepts the run, so that the caller finds it, and by the
 * process that runs it.
 */
const INSERT = `insert into run_rest (${COLUMNS}) values (${VALUES}, 'queued') on conflict (id) do nothing`

const BEGIN = `
  with held as (
    select ${inSuspendedWorkspace('given')} or exists (
             select from listener where listener.id = given.listener_id and not listener.enabled) as held
      from (values ($2::text, $3::text)) as given(workspace_id, listener_id)),
  shown as (
    insert into run_rest as run (${COLUMNS}) select ${VALUES}, case when held then 'queued' else 'running' end from held
    on conflict (id) do update
       set status = case when excluded.status = 'queued' and run.status = 'running' then 'waiting'
                         when excluded.status = 'queued' then run.status else excluded.status end
     where run.finished_at is null and run.status <> excluded.status)
  select held, coalesce((select json_array_length(steps) from run_rest where id = $1), 0) as steps from held`

/**
 * SQL of the steps that were written before, and those that follow them. Writing the same steps again changes nothing,
 * because the first `count` ones stay.
 */
function stepsAfter(count: string, texts: string): string {
  return `('[' || concat_ws(',', (
      select string_agg(step.value::text, ',' order by step.n)
        from json_array_elements(coalesce(run.steps, '[]'::json)) with ordinality as step(value, n)
       where step.n <= ${count}), nullif(${texts}, '')) || ']')::json`
}

const SHOW = `
  update run_rest run set status = coalesce($4::text, status), steps = ${stepsAfter('$2::int', '$3::text')}
   where id = $1 and finished_at is null`

/** A run that was cancelled from outside has ended already, and gets only its steps. */
const END = `
  with before as (select id, finished_at from run_rest where id = $1),
  waits as (delete from restate_wait where run_id = $1),
  ended as (
    update run_rest run
       set status = case when run.finished_at is null then $2::text else run.status end,
           output = case when run.finished_at is null then $3::json else run.output end,
           error = case when run.finished_at is null then $4::json else run.error end,
           input = coalesce($5::json, run.input),
           finished_at = coalesce(run.finished_at, $6::timestamptz),
           steps = ${stepsAfter('$7::int', '$8::text')}
     where id = $1 and (run.finished_at is null or run.status = 'cancelled'))
  select finished_at is null as ended from before`

/** Steps in the record of a run: how many were written before, and the JSON texts of those that follow. */
export interface FurtherSteps {
  after: number
  steps: readonly string[]
}

export interface EndedRun extends FurtherSteps {
  status: Extract<RunStatus, 'succeeded' | 'failed' | 'cancelled'>
  /** JSON texts, secrets masked. */
  output: string | null
  error: string | null
  /** Null unless masking changed the input that the run started with. */
  input: string | null
  finishedAt: number
}

/** The records of runs that Restate holds, which readers see: rows of `run`. Each write can be repeated. */
export interface RunRecords {
  /** Shows a run as queued, if it is new. */
  add(run: NewRun): Promise<void>
  /** Whether the record of the run says that it has ended. */
  hasEnded(runId: string): Promise<boolean>
  /** Shows a run as running. If its listener is disabled, or its workspace suspended, the run is held instead. */
  begin(run: NewRun): Promise<{ isHeld: boolean; /** How many steps were shown before. */ steps: number }>
  /** Shows steps of a run that goes on. */
  show(runId: string, steps: FurtherSteps): Promise<void>
  /** Shows a run as waiting, with its steps so far. */
  suspend(runId: string, steps: FurtherSteps): Promise<void>
  /** Shows a waiting run as running. */
  resume(runId: string): Promise<void>
  /** Writes the end of a run. False where it had ended before. */
  end(runId: string, end: EndedRun): Promise<boolean>
  /** Ends a live run as cancelled; false where it has ended. */
  cancel(runId: string, at: number): Promise<boolean>
  statusOf(runId: string): Promise<RunStatus | undefined>
  countLive(owner: 'listener' | 'workspace', id: string, limit: number): Promise<number>
  /** Whether a listener limits how many of its runs are busy. */
  isLimited(listenerId: string): Promise<boolean>
  isSuspended(workspaceId: string): Promise<boolean>
  /** How many runs of a listener may be busy now; undefined without a limit. */
  limitOf(listenerId: string): Promise<number | undefined>
}

export function createRunRecords({ pool }: { pool: Pool }): RunRecords {
  const query = async <T extends object>(name: string, text: string, values: unknown[]): Promise<T[]> =>
    (await retryWhileUnavailable(() => pool.query<T>({ name: `restate_${name}`, text, values }))).rows

  const limitOf = async (listenerId: string): Promise<number | undefined> => {
    const [row] = await query<{ limit: number | null }>(
      'limit',
      'select max_concurrency as limit from listener where id = $1',
      [listenerId]
    )
    return row?.limit ?? undefined
  }

  return {
    async add(run) {
      await query('add', INSERT, valuesOf(run))
    },
    async hasEnded(runId) {
      const rows = await query('ended', 'select from run_rest where id = $1 and finished_at is not null', [runId])
      return rows.length > 0
    },
    async begin(run) {
      const [row] = await query<{ held: boolean; steps: number }>('begin', BEGIN, valuesOf(run))
      return { isHeld: row?.held === true, steps: row?.steps ?? 0 }
    },
    async show(runId, { after, steps }) {
      await query('show', SHOW, [runId, after, steps.join(','), null])
    },
    async suspend(runId, { after, steps }) {
      await query('show', SHOW, [runId, after, steps.join(','), 'waiting'])
    },
    async resume(runId) {
      const text = `update run_rest set status = 'running' where id = $1 and status = 'waiting'`
      await query('resume', text, [runId])
    },
    async end(runId, { status, output, error, input, finishedAt, after, steps }) {
      const values = [runId, status, output, error, input, new Date(finishedAt), after, steps.join(',')]
      const [row] = await query<{ ended: boolean }>('end', END, values)
      return row?.ended ?? false
    },
    async cancel(runId, at) {
      const rows = await query(
        'cancel',
        `update run_rest set status = 'cancelled', finished_at = $2
          where id = $1 and mode = 'async' and finished_at is null returning id`,
        [runId, new Date(at)]
      )
      return rows.length > 0
    },
    async statusOf(runId) {
      const text = `select status from run_rest where id = $1 and mode = 'async'`
      return (await query<{ status: RunStatus }>('status', text, [runId]))[0]?.status
    },
    async countLive(owner, id, limit) {
      const [row] = await query<{ runs: number }>(
        `live_of_${owner}`,
        `select count(*)::int as runs from (
           select from run_rest where ${owner}_id = $1 and status in ('queued', 'running', 'waiting') limit $2) live`,
        [id, limit]
      )
      return row?.runs ?? 0
    },
    limitOf,
    async isSuspended(workspaceId) {
      const text = 'select from workspace where id = $1 and suspended_at is not null'
      return (await query('suspended', text, [workspaceId])).length > 0
    },
    isLimited: async (listenerId) => (await limitOf(listenerId)) !== undefined
  }
}

function valuesOf(run: NewRun): unknown[] {
  return [...runValues(run), run.replayOf ?? null]
}
