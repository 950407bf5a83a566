import type { NewRun } from '../engine.ts'

/**
 * The values of a new run for a row of `run`: id, workspace, listener, flow, version, account, token, request, caller,
 * input and start, in this order.
 */
export function runValues(run: NewRun): unknown[] {
  return [
    run.id,
    run.workspaceId,
    run.listenerId,
    run.flowId,
    run.flowVersion,
    run.accountId,
    run.tokenId,
    run.requestId,
    JSON.stringify(run.caller),
    JSON.stringify(run.input ?? null),
    new Date(run.acceptedAt)
  ]
}
