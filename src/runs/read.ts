import type { ShownStep } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import { isObject } from '../lib/json.ts'
import type { Database, Prisma, Run } from '../platform/db/client.ts'
import type { Recorder } from './recorder.ts'
import type { FinishedRun, RunMode, RunStatus } from './run.ts'
import { withSharedValues } from './shared-values.ts'

/** Ids of the listeners and workspaces whose runs a reader is limited to. */
export type RunScope = readonly string[]

/**
 * The runs that a reader sees: those of its workspaces; those that one token started, while the account of the token is
 * a member of their workspace; or those that ran for one customer.
 */
export type RunReader =
  | { workspaceIds: readonly string[] }
  | { tokenId: string; workspaceIds: readonly string[]; scope?: RunScope }
  | { customerId: string }

/** A run as lists show it. Times are RFC 3339. */
export interface RunSummary extends Pick<
  FinishedRun,
  'id' | 'workspaceId' | 'listenerId' | 'flowId' | 'flowVersion' | 'mode' | 'status' | 'requestId'
> {
  caller: unknown
  /** Whether the schedule of its flow started it. */
  scheduled: boolean
  /** The run whose input it repeats. */
  replayOf: string | null
  /** Whether an editor tried the listener, as themselves or as a customer. */
  try?: true
  startedAt: string
  finishedAt: string | null
  /** Null while the run is live. */
  durationMs: number | null
  /** Null unless it failed. */
  error: { status: number; title: string | null; instance: string | null } | null
}

export interface RunDetail extends Omit<RunSummary, 'error'> {
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
  const recorded = (run.steps as unknown[] | null) ?? (run.finishedAt ? [] : await stepsSoFar(deps, runId))
  return {
    ...summaryOf(run),
    input: run.input,
    output: run.output,
    error: run.error,
    steps: withSharedValues(recorded, run) as ShownStep[]
  }
}

/** Whether the reader may see the run. Event streams check again while they are open. */
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

/** The steps of a live run of the engine in PostgreSQL are separate rows until the run ends. */
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
  if (!('tokenId' in reader)) return ofWorkspaces
  const ids = reader.scope && { in: [...reader.scope] }
  return {
    tokenId: reader.tokenId,
    ...ofWorkspaces,
    ...(ids ? { OR: [{ listenerId: ids }, { workspaceId: ids }] } : {})
  }
}

/** Columns that lists do not read, because they may be large. */
export const SUMMARY_OMITS = { input: true, output: true, steps: true } as const

/** A run as lists show it. `durationMs` is at least 0, although the clocks of processes may differ. */
export function summaryOf(run: Omit<Run, keyof typeof SUMMARY_OMITS>): RunSummary {
  const { kind, triedBy } = run.caller as { kind?: unknown; triedBy?: unknown }
  return {
    id: run.id,
    workspaceId: run.workspaceId,
    listenerId: run.listenerId,
    flowId: run.flowId,
    flowVersion: run.flowVersion,
    mode: run.mode as RunMode,
    status: run.status as RunStatus,
    caller: run.caller,
    scheduled: kind === 'schedule',
    replayOf: run.replayOf,
    ...(triedBy === undefined ? {} : { try: true }),
    requestId: run.requestId,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    durationMs: run.finishedAt ? Math.max(0, run.finishedAt.getTime() - run.startedAt.getTime()) : null,
    error: errorSummary(run.error)
  }
}

/** The parts of a failed run's error that fit into one line. */
export function errorSummary(error: unknown): RunSummary['error'] {
  if (!isObject(error)) return null
  const { status, title, instance } = error
  return {
    status: Number.isInteger(status) ? (status as number) : 500,
    title: typeof title === 'string' ? title : null,
    instance: typeof instance === 'string' ? instance : null
  }
}
