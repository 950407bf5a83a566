import type { Database, Prisma, Run } from '../platform/db/client.ts'
import type { ShownStep } from '../dsl/index.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'
import type { Recorder } from './recorder.ts'
import type { FinishedRun, RunMode, RunStatus } from './run.ts'

/** Whose runs are visible: those of workspaces, those that one token made while its account is in their workspace, or those that ran for one customer. */
export type RunReader =
  { workspaceIds: readonly string[] } | { tokenId: string; workspaceIds: readonly string[] } | { customerId: string }

/** What lists show of a run. Times are RFC 3339. */
export interface RunSummary extends Pick<
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

/** @throws Fault `not_found` for a run the reader may not see, as for none */
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

/** Whether the reader may see the run: asked again where it looks on for long. */
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

/** The steps of a live run are rows of their own until it ends. */
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

export function summaryOf(run: Omit<Run, 'input' | 'output' | 'error' | 'steps'>): RunSummary {
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
