import type { AccountRecord } from '../accounts/account-cache.ts'
import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'
import { type CountedPage, pageOf, type PageRequest, totalOf } from '../platform/db/page.ts'
import type { Recorder } from '../runs/recorder.ts'
import type { CallRecorder } from './call-recorder.ts'
import { type CheckResult, explain } from './explain.ts'
import { countRequests, findRequests } from './find-requests.ts'
import type { RequestFilter, RequestReader } from './request-arms.ts'
import { type PublicRequest, requestOf } from './request.ts'

export interface ReadRequestDeps {
  database: Database
  recorder: Recorder
  calls: CallRecorder
}

/**
 * Lists the requests that an account may see, newest first.
 * @throws Fault `not_found` for a workspace that the account is not a member of; `validation_failed` for a cursor that
 *   no earlier page returned
 */
export async function listRequests(
  deps: ReadRequestDeps,
  account: AccountRecord,
  { limit, cursor, ...filter }: RequestFilter & PageRequest
): Promise<CountedPage<PublicRequest>> {
  if (filter.workspaceId !== undefined && !account.memberships.has(filter.workspaceId)) throw new Fault('not_found')
  await Promise.all([deps.recorder.flush(), deps.calls.flush()])
  const { pool } = deps.database
  const [rows, counted] = await Promise.all([
    findRequests(pool, readerOf(account), filter, { limit: limit + 1, cursor }),
    countRequests(pool, readerOf(account), filter)
  ])
  return { ...pageOf(rows, limit, 'at', (row) => requestOf(row, account.id)), total: totalOf(counted) }
}

/**
 * Returns the newest request with this id that the account may see, with the result of each check.
 * @throws Fault `not_found`
 */
export async function explainRequest(
  deps: ReadRequestDeps,
  account: AccountRecord,
  requestId: string
): Promise<PublicRequest & { checks: CheckResult[] }> {
  await Promise.all([deps.recorder.flush(), deps.calls.flush()])
  const [row] = await findRequests(deps.database.pool, readerOf(account), { requestId }, { limit: 1 })
  if (!row) throw new Fault('not_found')
  return { ...requestOf(row, account.id), checks: explain(row) }
}

function readerOf(account: AccountRecord): RequestReader {
  return { accountId: account.id, seesOwn: !account.isLimited, workspaceIds: [...account.memberships.keys()] }
}
