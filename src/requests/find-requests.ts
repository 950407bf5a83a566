import type { Pool } from 'pg'
import { readCursor, TOTAL_MAX } from '../platform/db/page.ts'
import { parameters } from '../platform/db/parameters.ts'
import { recordArms, type RequestFilter, type RequestReader, type RequestSearch, runArms } from './request-arms.ts'
import type { Outcome } from './usage-buffer.ts'

export interface RequestRow {
  id: string
  request_id: string
  at: Date
  outcome: Outcome
  /** Null for a run whose answer was not recorded: see `requestOf`. */
  status: number | null
  code: string | null
  reason: string | null
  why: string | null
  listener_id: string | null
  kind: string
  token_id: string | null
  token_start: string | null
  token_account: string | null
  customer_id: string | null
  ip: string | null
  ms: number | null
  run_id: string | null
  tried_by: string | null
  mode: string | null
  error: { type?: unknown; status?: unknown } | null
  /** The status in the flow's output, if the listener answers with it. */
  output_status: string | null
  no_output: boolean | null
}

/**
 * Finds requests, newest first: records for those that failed or were refused, and runs for the others.
 * @throws Fault `validation_failed` for a cursor that no earlier page returned
 */
export async function findRequests(
  pool: Pool,
  reader: RequestReader,
  filter: RequestFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined }
): Promise<RequestRow[]> {
  const { values, param } = parameters()
  const search: RequestSearch = { reader, filter, after: readCursor(cursor), limit }
  const arms = [...recordArms(search, param), ...runArms(search, param)]
  if (arms.length === 0) return []
  const text = `
    with page as (select * from (${arms.join(' union all ')}) found order by at desc, id desc limit ${param(limit)})
    select page.id, page.request_id, page.at, page.outcome, page.status, page.code, page.reason, page.why,
           page.listener_id, page.kind, page.ip, page.ms, page.run_id, page.tried_by,
           case when page.workspace_id = any(${param(reader.workspaceIds)}) then page.customer_id end as customer_id,
           case when token.account_id = ${param(reader.accountId)} or exists (
                  select from member
                   where member.account_id = token.account_id and member.workspace_id = page.workspace_id)
                then token.id end as token_id,
           token.start as token_start, token.account_id as token_account, listener.respond = 'http' as answers_http
      from page
      left join token on token.id = page.token_id
      left join listener on listener.id = page.listener_id
     order by page.at desc, page.id desc`
  const { rows } = await pool.query<Found>(text, values)
  const runs = await readRuns(pool, rows)
  return rows.map((row) => {
    const { mode = null, error = null, output_status = null, no_output = null } = runs.get(row.run_id ?? '') ?? {}
    return { ...row, mode, error, output_status, no_output }
  })
}

type RunOfRequest = Pick<RequestRow, 'mode' | 'error' | 'output_status' | 'no_output'>
type Found = Omit<RequestRow, keyof RunOfRequest> & { answers_http: boolean | null }

const RUNS = `
  select id, mode, error, case when id = any($2) then output ->> 'status' end as output_status,
         case when pg_column_size(output) < 16 then output::text = 'null' end as no_output
    from run where id = any($1)`

/**
 * Reads the runs of requests. This is a statement of its own: its plan knows the ids, and so reads only the partitions
 * that contain them.
 */
async function readRuns(pool: Pool, found: readonly Found[]): Promise<Map<string, RunOfRequest>> {
  const ids = found.flatMap(({ run_id }) => run_id ?? [])
  if (ids.length === 0) return new Map()
  const withStatus = found.flatMap(({ run_id, outcome, answers_http }) =>
    outcome === 'answered' && answers_http ? (run_id ?? []) : []
  )
  const { rows } = await pool.query<RunOfRequest & { id: string }>(RUNS, [ids, withStatus])
  return new Map(rows.map(({ id, ...run }) => [id, run]))
}

/** Counts the matching requests. @returns at most `TOTAL_MAX + 1` */
export async function countRequests(pool: Pool, reader: RequestReader, filter: RequestFilter): Promise<number> {
  const { values, param } = parameters()
  const search: RequestSearch = { reader, filter, after: undefined, limit: TOTAL_MAX + 1 }
  const arms = [...recordArms(search, param), ...runArms(search, param)]
  if (arms.length === 0) return 0
  const text = `select count(*)::int as count from (select 1 from (${arms.join(' union all ')}) found
                 limit ${param(TOTAL_MAX + 1)}) counted`
  return (await pool.query<{ count: number }>(text, values)).rows[0]?.count ?? 0
}
