import type { Pool, PoolClient } from 'pg'
import type { Caller } from '../run.ts'
import { readJournals } from './journal.ts'
import type { RunJob, RunQueue } from './queue.ts'
import { takeSlots } from './concurrency-slots.ts'
import { inSuspendedWorkspace } from './suspended-workspace.ts'
import { transaction } from '../../platform/db/transaction.ts'

/** A run that this process holds, as long as its epoch is the newest. */
export interface ClaimedRun {
  runId: string
  epoch: number
  /** Null for a run that started inside its request: it has no job. */
  job: RunJob | null
  workspaceId: string
  listenerId: string | null
  /** Whether its listener limits how many runs are busy (`maxConcurrency`). */
  limited: boolean
  flowId: string
  flowVersion: number
  requestId: string
  caller: Caller
  input: unknown
  startedAt: number
  /** Results that earlier holders recorded, as JSON text by key. */
  effects: ReadonlyMap<string, string>
  stepKeys: ReadonlySet<string>
  lastSeq: number
}

interface Row {
  runId: string
  epoch: number
  workspaceId: string
  listenerId: string | null
  hasSlot: boolean
  flowId: string
  flowVersion: number
  requestId: string
  caller: Caller
  input: unknown
  startedAt: Date
}

/**
 * A job claims only the run that names it, and only with a newer attempt than the last one: a job that was fetched
 * before a hand-over and is processed late claims nothing. `$5` lists the runs that were granted a concurrency slot.
 */
const CLAIM = `
  with given as (
    select * from unnest($1::text[], $2::uuid[], $3::int[]) as given(run_id, job_id, attempt)),
  free as (
    select l.run_id, given.attempt, l.run_id = any($5::text[]) as granted
      from live_run l join given using (run_id, job_id) left join listener on listener.id = l.listener_id
     where l.state in ('queued', 'running') and given.attempt > l.job_attempt and coalesce(listener.enabled, true)
       and not ${inSuspendedWorkspace('l')}
       and (listener.max_concurrency is null or l.has_slot or l.run_id = any($5::text[]))
     order by l.run_id for update of l),
  claimed as (
    update live_run l
       set state = 'running', epoch = l.epoch + 1, worker_id = $4, job_attempt = free.attempt,
           has_slot = l.has_slot or free.granted
      from free where l.run_id = free.run_id
    returning l.run_id, l.epoch, l.workspace_id, l.listener_id, l.has_slot),
  shown as (
    update run_rest run set status = 'running' from claimed where run.id = claimed.run_id
    returning run.id, run.flow_id, run.flow_version, run.request_id, run.caller, run.input, run.started_at)
  select c.run_id as "runId", c.epoch, c.workspace_id as "workspaceId", c.listener_id as "listenerId",
         c.has_slot as "hasSlot", s.flow_id as "flowId", s.flow_version as "flowVersion", s.request_id as "requestId",
         s.caller, s.input, s.started_at as "startedAt"
    from claimed c join shown s on s.id = c.run_id`

/**
 * Turns fetched jobs into runs that this worker holds. A job whose run may not start now, or that no longer belongs to
 * a run, is removed from the queue.
 */
export async function claimRuns(
  deps: { pool: Pool; queue: RunQueue },
  jobs: readonly RunJob[],
  workerId: number
): Promise<ClaimedRun[]> {
  const claimed = await claim(deps.pool, jobs, workerId, [])
  const rest = jobs.filter(({ runId }) => !claimed.some((row) => row.runId === runId))
  if (rest.length > 0)
    claimed.push(...(await transaction(deps.pool, (tx) => claimLimited(tx, deps.queue, rest, workerId))))
  const journals = await readJournals(
    deps.pool,
    claimed.filter(({ epoch }) => epoch > 1).map(({ runId }) => runId)
  )
  const jobOf = new Map(jobs.map((job) => [job.runId, job]))

  return claimed.map(({ hasSlot, startedAt, ...run }) => ({
    ...run,
    ...(journals.get(run.runId) ?? { effects: new Map<string, string>(), stepKeys: new Set<string>(), lastSeq: 0 }),
    job: jobOf.get(run.runId) ?? null,
    limited: hasSlot,
    startedAt: startedAt.getTime()
  }))
}

async function claim(
  connection: Pick<Pool, 'query'> | PoolClient,
  jobs: readonly RunJob[],
  workerId: number,
  granted: readonly string[]
): Promise<Row[]> {
  const values = [
    jobs.map((job) => job.runId),
    jobs.map((job) => job.id),
    jobs.map((job) => job.retryCount),
    workerId,
    granted
  ]
  return (await connection.query({ name: 'durable_claim', text: CLAIM, values })).rows as Row[]
}

/**
 * Suspends the runs of suspended workspaces. `wake_at` is set to when they were queued, so they wake in that order once
 * the suspension is lifted.
 */
const SUSPEND = `
  with given as (
    select * from unnest($1::text[], $2::uuid[], $3::int[]) as given(run_id, job_id, attempt)),
  stopped as (
    select l.run_id from live_run l join given using (run_id, job_id)
     where l.state in ('queued', 'running') and given.attempt > l.job_attempt and ${inSuspendedWorkspace('l')}
     order by l.run_id for update of l),
  returned as (
    update live_run l set state = 'waiting', wake_at = l.queued_at, worker_id = null
      from stopped where l.run_id = stopped.run_id returning l.run_id)
  update run_rest run set status = 'queued' from returned where run.id = returned.run_id and run.status = 'running'`

/**
 * The slower path, for listeners that are disabled or limit their runs, and for suspended workspaces: runs without a
 * concurrency slot become `blocked` until a slot is released.
 */
async function claimLimited(
  tx: PoolClient,
  queue: RunQueue,
  jobs: readonly RunJob[],
  workerId: number
): Promise<Row[]> {
  const given = [jobs.map((job) => job.runId), jobs.map((job) => job.id), jobs.map((job) => job.retryCount)]
  await tx.query(SUSPEND, given)
  const { rows } = await tx.query<{
    runId: string
    listenerId: string
    limit: number | null
    enabled: boolean
    priority: number
    queuedAt: Date
  }>(
    `select l.run_id as "runId", listener.id as "listenerId", listener.max_concurrency as limit, listener.enabled,
            l.priority, l.queued_at as "queuedAt"
       from live_run l
       join unnest($1::text[], $2::uuid[], $3::int[]) as given(run_id, job_id, attempt) using (run_id, job_id)
       join listener on listener.id = l.listener_id
      where l.state in ('queued', 'running') and given.attempt > l.job_attempt and not l.has_slot
      order by l.run_id for update of l`,
    given
  )

  // The statement locks rows in the order of ids, as every statement does. Slots go to the most urgent run first.
  const candidates = rows.sort((a, b) => b.priority - a.priority || a.queuedAt.getTime() - b.queuedAt.getTime())
  const granted: string[] = []
  const blocked: string[] = candidates.filter(({ enabled }) => !enabled).map(({ runId }) => runId)
  const byListener = [
    ...Map.groupBy(
      candidates.filter(({ enabled, limit }) => enabled && limit !== null),
      (run) => run.listenerId
    )
  ]
  for (const [listenerId, runs] of byListener.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const slots = await takeSlots(tx, listenerId, runs[0]?.limit ?? 0, runs.length)
    granted.push(...runs.slice(0, slots).map(({ runId }) => runId))
    blocked.push(...runs.slice(slots).map(({ runId }) => runId))
  }
  if (blocked.length > 0) {
    await tx.query(`update live_run set state = 'blocked', worker_id = null where run_id = any($1)`, [blocked])
    await tx.query(`update run_rest set status = 'queued' where id = any($1) and status <> 'queued'`, [blocked])
  }
  const claimed = await claim(
    tx,
    jobs.filter(({ runId }) => !blocked.includes(runId)),
    workerId,
    granted
  )
  await queue.remove(
    jobs.filter(({ runId }) => !claimed.some((row) => row.runId === runId)),
    tx
  )
  return claimed
}
