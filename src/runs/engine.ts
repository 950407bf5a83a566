import { type FlowOutcome, type FlowProblem, problemType, type StepRecord, type Suspended } from '../dsl/index.ts'
import type { Caller, RunStatus } from './run.ts'

/** A run that is to outlive its request. */
export interface NewRun {
  id: string
  workspaceId: string
  listenerId: string | null
  flowId: string
  /** Pinned: the run keeps to it, whatever is published meanwhile. */
  flowVersion: number
  accountId: string | null
  tokenId: string | null
  requestId: string
  caller: Caller
  input: unknown
  /** Higher ones start first. */
  priority: number
  /** Milliseconds since the epoch. */
  acceptedAt: number
}

/** A run that began in its request, and can outlive it. */
export interface BegunRun {
  /** How it ended, or that it is to wait for so long that it must be made durable. */
  readonly outcome: Promise<FlowOutcome | Suspended>
  /** Resolves when the run is durable, with all it has done so far. It goes on in this process, without a break. */
  makeDurable(): Promise<void>
  /** What it does is aborted, and nothing of it is kept. */
  abort(): void
  /** For a run that ended in its request. */
  close(): void
}

export interface EngineStats {
  /** Live runs by state. */
  queued: number
  running: number
  waiting: number
  blocked: number
  /** How long the oldest queued run has waited, in milliseconds; 0 where none has. */
  oldestQueuedMs: number
  /** Dead letters kept. */
  deadLetters: number
  /** Of this process, since its start. */
  enqueued: number
  ended: number
  resumed: number
  handedOver: number
  fencedWrites: number
  scheduled: number
}

/** What keeps runs that outlive their request. Behind it is a queue and a journal in Postgres; another engine could take its place. */
export interface DurableEngine {
  /** This process among those of the database: others see whether it lives. */
  readonly workerId: number
  /** Resolves when the run is durably queued. A run whose id is known already is left as it is. */
  enqueue(run: NewRun): Promise<void>
  /** Runs a flow in its request, ready to be made durable. `tell` hears what it does. */
  begin(run: NewRun, tell: { onStep(step: StepRecord): void; onSecret(secret: string): void }): BegunRun
  /** The status of a run that is or was durable; undefined for any other. */
  statusOf(runId: string): Promise<RunStatus | undefined>
  /** Ends a live run, wherever it is: a call of it that is under way is aborted. False where the run is not live. */
  cancel(runId: string): Promise<boolean>
  stats(): Promise<EngineStats>
  /** Whether runs can be queued; and, in a process that runs them, whether it does. */
  isReady(): Promise<boolean>
  /** Stops claiming, lets effects under way end, and hands what is left to other processes. */
  close(): Promise<void>
}

/** What a run ends with that the engine could not carry on. */
export function engineProblem(title: string, detail: string): FlowProblem {
  return { type: problemType('runtime'), status: 500, title, detail }
}
