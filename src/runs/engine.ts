import {
  type CloudEvent,
  type FlowOutcome,
  type FlowProblem,
  problemType,
  type StepRecord,
  type Suspended
} from '../dsl/index.ts'
import type { Page, PageRequest } from '../platform/db/page.ts'
import type { Caller, RunStatus } from './run.ts'

/** A run that is to outlive its request. */
export interface NewRun {
  id: string
  workspaceId: string
  listenerId: string | null
  flowId: string
  /** Pinned: the run keeps this version, whatever is published later. */
  flowVersion: number
  accountId: string | null
  tokenId: string | null
  requestId: string
  caller: Caller
  /** Any JSON value. */
  input: unknown
  /** Runs with a higher number start first. */
  priority: number
  /** Milliseconds since the epoch. */
  acceptedAt: number
  /** The run whose input it repeats. */
  replayOf?: string
}

/** Receives the steps and secrets of an inline run as they occur. */
export interface RunObserver {
  onStep(step: StepRecord): void
  /** A secret text that the run has read. */
  onSecret(secret: string): void
}

/** A run that starts inside its request and can outlive it. */
export interface InlineRun {
  /** The run's result; `Suspended` where it waits too long for a request and must be made durable. */
  readonly outcome: Promise<FlowOutcome | Suspended>
  /**
   * Resolves when the run and all its results so far are durable. The run continues in this process without
   * interruption.
   */
  makeDurable(): Promise<void>
  /** Aborts the effects of the run that are in progress, and discards its unwritten results. */
  abort(): void
  /** Releases the run after it has ended in its request. */
  close(): void
}

export interface EngineStats {
  /** Live runs by state. */
  queued: number
  running: number
  waiting: number
  blocked: number
  /** Age of the oldest queued run, in milliseconds; 0 where none is queued. */
  oldestQueuedMs: number
  /** Dead letters that are kept. */
  deadLetters: number
  /** Counted by this process since its start: */
  enqueued: number
  ended: number
  resumed: number
  handedOver: number
  fencedWrites: number
  scheduled: number
}

/** When a flow is started by its schedule (`schedule` of its document). Durations are in milliseconds. */
export type ScheduleRule = { cron: string } | { everyMs: number } | { afterMs: number }

/** The schedule of a flow's published version. Times are ISO 8601. */
export interface PublicSchedule {
  flowId: string
  workspaceId: string
  flowVersion: number
  rule: ScheduleRule
  /** IANA name. */
  timeZone: string
  paused: boolean
  nextAt: string | null
  /** The next starts: at most {@link NEXT_TICKS}; empty while the schedule is paused. */
  next: string[]
  lastAt: string | null
  lastRunId: string | null
}

/** How many future starts are listed for a schedule. */
export const NEXT_TICKS = 5

/** A schedule as the list of its workspace shows it. */
export interface ListedSchedule extends Pick<PublicSchedule, 'flowId' | 'rule' | 'timeZone' | 'paused' | 'next'> {
  /** The name of the flow. */
  name: string
  /** Null before the first run, and once that run is no longer kept. */
  lastRun: { runId: string; at: string; status: RunStatus } | null
}

export interface ScheduleChange {
  paused?: boolean | undefined
  /** IANA name. */
  timeZone?: string | undefined
}

/** Starts flows at the times of their schedules. */
export interface Scheduler {
  /** Undefined where the published version has no schedule, or the flow belongs to none of these workspaces. */
  read(workspaceIds: readonly string[], flowId: string): Promise<PublicSchedule | undefined>
  /** The schedules of a workspace, those of the newest flows first. */
  list(workspaceId: string, page: PageRequest): Promise<Page<ListedSchedule>>
  /** Brings the schedule of a flow in line with its published version. */
  sync(flowId: string): Promise<void>
  /**
   * Changes a schedule from now on: ticks that were missed during a pause are skipped. Undefined in the cases of
   * `read`.
   */
  change(workspaceIds: readonly string[], flowId: string, change: ScheduleChange): Promise<PublicSchedule | undefined>
}

/** The processes that share a database, as one of them sees the others. */
export interface WorkerDirectory {
  /** The id of this process. */
  readonly workerId: number
  /** Whether a process has died, or has been frozen so long that others may take over its work. */
  isWorkerGone(workerId: number): Promise<boolean>
}

/** An incoming event of a workspace, as JSON data. */
export interface ArrivedEvent {
  workspaceId: string
  type: string
  source: string
  event: CloudEvent
}

/** Durable runs, whichever engine holds them. */
export interface Runs {
  /** Resolves when the run is durably queued. A run whose id is known already is left unchanged. */
  enqueue(run: NewRun): Promise<void>
  /** Starts a run inside its request, ready to be made durable. */
  beginInline(run: NewRun, observer: RunObserver): InlineRun
  /** The status of a run that is or was durable; undefined for every other id. */
  statusOf(runId: string): Promise<RunStatus | undefined>
  /**
   * Ends a live run in whichever process holds it, and aborts the call it is making. False where the run is not live.
   */
  cancel(runId: string): Promise<boolean>
  /** Makes the runs that may wait for this event look for it again. */
  wake(arrived: ArrivedEvent): Promise<void>
  /** Counts the live runs of a listener or a workspace, up to `limit`. */
  countLive(owner: 'listener' | 'workspace', id: string, limit: number): Promise<number>
  stats(): Promise<EngineStats>
  /** Whether runs can be queued; in a process that also claims runs, whether claiming works. */
  isReady(): Promise<boolean>
}

/**
 * The port to durable runs, which are kept in PostgreSQL (`durable/engine.ts`) or in Restate (`restate/engine.ts`).
 * Code outside these rooms must not depend on which one it is: it takes `Runs`, `Scheduler` or `WorkerDirectory`.
 *
 * @example
 * await engine.enqueue(run) // durable from here on
 * await engine.statusOf(run.id) // 'queued', 'running', …
 * await engine.cancel(run.id) // true: it was live and has ended
 */
export interface DurableEngine extends Runs, WorkerDirectory {
  readonly schedules: Scheduler
  /** Stops claiming runs, waits for effects in progress, and hands the remaining runs to other processes. */
  close(): Promise<void>
}

/** The error of a run that the engine could not continue: type `runtime`, status 500. */
export function engineProblem(title: string, detail: string): FlowProblem {
  return { type: problemType('runtime'), status: 500, title, detail }
}
