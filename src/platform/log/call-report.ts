import type { CallCredential } from '../../lib/credential-kind.ts'
import type { FaultCode } from '../../lib/fault.ts'

/** A finished call, for the log line and the metrics. It contains no header, no body and no query. */
export interface CallReport {
  requestId: string
  method: string
  /** The pattern of the route (`/v1/tokens/:tokenId`), or the path if no route matched. */
  route: string
  path: string
  status: number
  ms: number
  ip: string
  principal?: string
  /** The API token of the call, also if it was rejected. */
  tokenId?: string
  /** The credential of the call, and its owner if known. */
  credential?: CallCredential
  listenerId?: string
  runId?: string
  /** The trace that the call is part of. */
  traceId?: string
  /** The trace that the caller named, if the caller is not trusted with it. */
  callerTraceId?: string
  /** The account that tried the listener from the console. */
  triedBy?: string
  code?: FaultCode
  why?: string
  cause?: unknown
}
