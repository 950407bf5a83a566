import type { StepRecord } from '../dsl/index.ts'

export type RunMode = 'sync' | 'async'
export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'

/** The caller of a run. Flows see it without `internalId`, `ip` and `triedBy`. */
export interface Caller {
  kind: 'token' | 'basic' | 'session' | 'customer' | 'action' | 'signed' | 'anonymous' | 'schedule' | 'event'
  id: string | null
  name: string | null
  fields?: Readonly<Record<string, unknown>>
  tokenId?: string
  /** For a customer: its id in Sluice. */
  internalId?: string
  actionPackageId?: string
  /** The IP address of the caller. */
  ip?: string
  /** The account that tried the listener from the console. */
  triedBy?: string
  /** How many flows led to this one by starting each other, by `emit` or by `run: workflow` without waiting. */
  hops?: number
  /** The place in a trace of the call that started it, as `traceparent` writes it. */
  trace?: string
  workspaceId: string
}

/** An ended run that is still to be recorded. Its values are unmasked: the recorder masks them. */
export interface FinishedRun {
  id: string
  workspaceId: string
  listenerId: string | null
  flowId: string
  flowVersion: number
  mode: RunMode
  status: RunStatus
  accountId: string | null
  tokenId: string | null
  requestId: string
  caller: Caller
  input: unknown
  output: unknown
  error: unknown
  startedAt: number
  finishedAt: number
  steps: readonly StepRecord[]
  /** Secret texts that the run used: they are masked wherever they occur in the record. */
  secrets: ReadonlySet<string>
}
