import type { CredentialKind } from '../lib/credential-kind.ts'
import type { RequestRow } from './find-requests.ts'
import type { Outcome } from './usage-buffer.ts'

/** A request as the owners of its listener and of its credential see it. Times are RFC 3339. */
export interface PublicRequest {
  requestId: string
  at: string
  outcome: Outcome
  status: number
  code: string | null
  reason: string | null
  listenerId: string | null
  credential: { kind: CredentialKind; tokenId?: string; tokenStart?: string; customerId?: string }
  ip: string | null
  ms: number | null
  runId?: string
  /** An editor of the listener tried it. */
  try?: true
}

/** @param accountId the reading account: only the owner of a token sees its start */
export function requestOf(row: RequestRow, accountId: string): PublicRequest {
  return {
    requestId: row.request_id,
    at: row.at.toISOString(),
    outcome: row.outcome,
    status: row.status ?? statusOfRun(row),
    code: row.code,
    reason: row.reason,
    listenerId: row.listener_id,
    credential: {
      kind: kindOf(row.kind),
      ...(row.token_id === null ? {} : { tokenId: row.token_id }),
      ...(row.token_start === null || row.token_account !== accountId ? {} : { tokenStart: row.token_start }),
      ...(row.customer_id === null ? {} : { customerId: row.customer_id })
    },
    ip: row.ip,
    ms: row.ms,
    ...(row.run_id === null ? {} : { runId: row.run_id }),
    ...(row.tried_by === null ? {} : { try: true })
  }
}

/** Runs use the kind `action` where records use `integration`. */
function kindOf(kind: string): CredentialKind {
  return kind === 'action' ? 'integration' : (kind as CredentialKind)
}

/**
 * The status of an answer without a record, derived from its run: of calls that succeeded, or whose run failed later.
 */
function statusOfRun({ mode, outcome, error, output_status, no_output }: RequestRow): number {
  if (mode === 'async') return 202
  if (outcome === 'failed') return Number.isInteger(error?.status) ? Number(error?.status) : 500
  if (output_status !== null) return Number(output_status)
  return no_output ? 204 : 200
}
