import type { ShownStep } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Database, Prisma, Run } from '../platform/db/client.ts'
import { type Page, pageOf, type PageRequest, readCursor } from '../platform/db/page.ts'
import type { Recorder } from './recorder.ts'
import type { FinishedRun, RunMode, RunStatus } from './run.ts'

/**
 * The runs that a reader sees: those of its workspaces; those that one token made, while the account of the token is a
 * member of their workspace; or those that ran for one customer.
 */
export type RunReader =
  { workspaceIds: readonly string[] } | { tokenId: string; workspaceIds: readonly string[] } | { customerId: string }

/** A run as lists show it. Times are RFC 3339. */
interface RunSummary extends Pick<
  FinishedRun,
  'id' | 'workspaceId' | 'listenerId' | 'flowId' | 'flowVersion' | 'mode' | 'status' | 'requestId'
> {
  caller: unknown
  startedAt: string
  finishedAt: string | null
}

export interface RunDetail extends RunSummary {
  input: unknown
  output: unknown
  error: unknown
  steps: ShownStep[]
}

export interface ReadRunDeps {
  database: Database
  recorder: Recorder
}

/**
 * One run with its data and steps, secrets masked.
 * @throws Fault `not_found` for a run that does not exist or that the reader may not see
 */
export async function readRun(deps: ReadRunDeps, reader: RunReader, runId: string): Promise<RunDetail> {
  if (!isId('run', runId)) throw new Fault('not_found')
  await deps.recorder.flush()
  const run = await deps.database.prisma.run.findFirst({ where: { AND: [{ id: runId }, visibleTo(reader)] } })
  if (!run) throw new Fault('not_found')
  const steps = run.finishedAt ? (run.steps ?? []) : await stepsSoFar(deps, runId)
  return {
    ...summaryOf(run),
    input: run.input,
    output: run.output,
    error: run.error,
    steps: steps as unknown as ShownStep[]
  }
}

/** Whether the reader may see the run. Event streams ask again while they are open. */
export async function mayRead(
  { database }: Pick<ReadRunDeps, 'database'>,
  reader: RunReader,
  runId: string
): Promise<boolean> {
  return (
    (await database.prisma.run.findFirst({
      where: { AND: [{ id: runId }, visibleTo(reader)] },
      select: { id: true }
    })) !== null
  )
}

/** The steps of a live run are separate rows until the run ends. */
async function stepsSoFar({ database }: ReadRunDeps, runId: string): Promise<unknown[]> {
  const rows = await database.prisma.runStep.findMany({
    where: { runId },
    orderBy: { seq: 'asc' },
    select: { record: true }
  })
  return rows.map(({ record }) => record)
}

function visibleTo(reader: RunReader): Prisma.RunWhereInput {
  if ('customerId' in reader) return { customerId: reader.customerId }
  const ofWorkspaces = { workspaceId: { in: [...reader.workspaceIds] } }
  return 'tokenId' in reader ? { tokenId: reader.tokenId, ...ofWorkspaces } : ofWorkspaces
}

function summaryOf(run: Omit<Run, 'input' | 'output' | 'error' | 'steps'>): RunSummary {
  return {
    id: run.id,
    workspaceId: run.workspaceId,
    listenerId: run.listenerId,
    flowId: run.flowId,
    flowVersion: run.flowVersion,
    mode: run.mode as RunMode,
    status: run.status as RunStatus,
    caller: run.caller,
    requestId: run.requestId,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null
  }
}

export interface RunFilter extends PageRequest {
  listenerId?: string | undefined
  status?: RunStatus | undefined
  since?: Date | undefined
}

/**
 * The runs that the reader may see, newest first, without their data.
 * @throws Fault `validation_failed` for a cursor that no earlier page returned
 */
export async function listRuns(
  { database, recorder }: ReadRunDeps,
  reader: RunReader,
  filter: RunFilter
): Promise<Page<RunSummary>> {
  await recorder.flush()
  const { text, values } = newestIds(reader, filter)
  const { rows } = await database.pool.query<{ id: string }>(text, values)
  const runs = await database.prisma.run.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    omit: { input: true, output: true, error: true, steps: true }
  })
  return pageOf(runs, filter.limit, 'startedAt', summaryOf)
}

/**
 * Takes the newest page of each workspace from its index, and the newest of these: the cost does not depend on the
 * number of runs.
 */
function newestIds(
  reader: RunReader,
  { listenerId, status, since, cursor, limit }: RunFilter
): { text: string; values: unknown[] } {
  const { column, keys } = ownersOf(reader)
  const after = readCursor(cursor)
  const values: unknown[] = [keys, limit + 1]
  const value = (given: unknown): string => `$${values.push(given)}`
  const conditions = [
    `run.${column} = owner.key`,
    ...('tokenId' in reader ? [`run.workspace_id = any(${value(reader.workspaceIds)})`] : []),
    ...(listenerId === undefined ? [] : [`run.listener_id = ${value(listenerId)}`]),
    ...(status === undefined ? [] : [`run.status = ${value(status)}`]),
    ...(since === undefined ? [] : [`run.started_at >= ${value(since)}`]),
    ...(after === undefined ? [] : [`(run.started_at, run.id) < (${value(after.time)}, ${value(after.id)})`])
  ]
  const text = `
    select newest.id from unnest($1::text[]) as owner (key) cross join lateral (
      select run.id, run.started_at from run where ${conditions.join(' and ')}
       order by run.started_at desc, run.id desc limit $2) newest
     order by newest.started_at desc, newest.id desc limit $2`
  return { text, values }
}

function ownersOf(reader: RunReader): { column: 'workspace_id' | 'token_id' | 'customer_id'; keys: readonly string[] } {
  if ('customerId' in reader) return { column: 'customer_id', keys: [reader.customerId] }
  return 'tokenId' in reader
    ? { column: 'token_id', keys: [reader.tokenId] }
    : { column: 'workspace_id', keys: reader.workspaceIds }
}
