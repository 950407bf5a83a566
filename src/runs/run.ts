import type { StepRecord } from '../dsl/index.ts'

export type RunMode = 'sync' | 'async'
export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'

/** Who a run was for. Flows see it without `internalId`. */
export interface Caller {
  kind: 'token' | 'basic' | 'customer' | 'action' | 'anonymous' | 'schedule'
  id: string | null
  name: string | null
  fields?: Readonly<Record<string, unknown>>
  tokenId?: string
  /** Of a customer: its id here. */
  internalId?: string
  actionPackageId?: string
  workspaceId: string
}

/** A run that ended, as it goes to its record. Values are what they were; masking is the recorder's. */
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
  /** Secret texts that the run used: replaced wherever they stand in what is kept. */
  secrets: ReadonlySet<string>
}
