import type { FaultCode } from '../../lib/fault.ts'

/** One finished call, as the log line and the metrics want it. Holds no header, no body and no query. */
export interface CallReport {
  requestId: string
  method: string
  /** The pattern (`/v1/tokens/:tokenId`), or the path where nothing matched. */
  route: string
  path: string
  status: number
  ms: number
  ip: string
  principal?: string
  /** The API token that it was made with, also where that was refused. */
  tokenId?: string
  listenerId?: string
  runId?: string
  code?: FaultCode
  why?: string
  cause?: unknown
}
