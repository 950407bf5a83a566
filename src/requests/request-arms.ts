import { literalLike } from '../platform/db/page.ts'
import type { Param } from '../platform/db/parameters.ts'
import { FIRST_OTHER_ID, REQUEST_MAX_MS } from '../runs/run-id.ts'
import { FIRST_OTHER_RECORD_ID, firstRecordId, recordIdBoundsSql } from './record-partitions.ts'
import type { Outcome } from './usage-buffer.ts'

/** The requests that a reader sees: those at listeners of its workspaces, and those with its own credentials. */
export interface RequestReader {
  accountId: string
  /** Whether it also sees calls with its own credentials to listeners that do not exist or belong to others. */
  seesOwn: boolean
  workspaceIds: readonly string[]
}

export interface RequestFilter {
  workspaceId?: string | undefined
  listenerId?: string | undefined
  tokenId?: string | undefined
  /** The customer's internal id, or the id that its back end gave it. */
  customerId?: string | undefined
  requestId?: string | undefined
  outcomes?: readonly Outcome[] | undefined
  reason?: string | undefined
  ip?: string | undefined
  /** The range of ids of inline runs: `from` inclusive, `to` exclusive. */
  requestRunIds?: { from: string; to: string } | undefined
  /** Inclusive. */
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
  /** A whole request id, run id, address, code or reason, or a part of the listener's name. */
  q?: string | undefined
}

export interface RequestSearch {
  reader: RequestReader
  filter: RequestFilter
  /** The last request of the page before. */
  after: { time: Date; id: string } | undefined
  limit: number
}

/** Takes the newest of each workspace from the index, so that the cost does not depend on the number of requests. */
function ofWorkspaces(
  columns: string,
  table: string,
  time: string,
  where: string[],
  search: RequestSearch,
  param: Param
) {
  const { reader, filter, limit } = search
  const workspaces = param(filter.workspaceId === undefined ? reader.workspaceIds : [filter.workspaceId])
  const newest = `order by c.${time} desc, c.id desc limit ${param(limit)}`
  // A request id matches few rows, so no order is needed.
  if (filter.requestId !== undefined)
    return `(select ${columns} from ${table} c
              where ${[`c.workspace_id = any(${workspaces})`, ...where].join(' and ')} ${newest})`
  return `(select newest.* from unnest(${workspaces}::text[]) as owner (id) cross join lateral (
            select ${columns} from ${table} c
             where ${['c.workspace_id = owner.id', ...where].join(' and ')} ${newest}) newest)`
}

const RECORD = `c.id, c.request_id, c.at, c.outcome, c.status, c.code, c.reason, c.why, c.workspace_id, c.listener_id,
  c.kind, c.token_id, c.customer_id, c.ip, c.ms, c.run_id, c.tried_by`

/**
 * The records of requests that failed or were refused, as parts of a `union all`. Empty if the filter excludes them.
 */
export function recordArms(search: RequestSearch, param: Param): string[] {
  const { filter, reader, limit } = search
  const outcomes = filter.outcomes?.filter((outcome) => outcome !== 'answered')
  if (outcomes?.length === 0) return []
  const where = [
    ...commonConditions('at', search, param),
    // Skips the partitions of older records. The ids of older versions sort after all of these.
    ...(filter.since === undefined ? [] : [`c.id >= ${param(firstRecordId(filter.since.getTime()))}`]),
    ...(outcomes === undefined ? [] : [`c.outcome = any(${param(outcomes)})`]),
    ...(filter.reason === undefined ? [] : [`c.reason = ${param(filter.reason)}`]),
    ...(filter.ip === undefined ? [] : [`c.ip = ${param(filter.ip)}`]),
    ...(filter.q === undefined
      ? []
      : [anyOf(filter.q, ['c.request_id', 'c.run_id', 'c.ip', 'c.code', 'c.reason'], reader, param)])
  ]
  const arms = [ofWorkspaces(RECORD, 'recorded_call', 'at', where, search, param)]
  // Calls with the reader's own credentials, to listeners that do not exist or belong to others.
  if (filter.workspaceId === undefined && reader.seesOwn)
    arms.push(`(select ${RECORD} from recorded_call c
      where ${[
        `c.account_id = ${param(reader.accountId)}`,
        `(c.workspace_id is null or c.workspace_id <> all(${param(reader.workspaceIds)}))`,
        ...where
      ].join(' and ')}
      order by c.at desc, c.id desc limit ${param(limit)})`)
  return arms
}

const RUN = `c.id, c.request_id, c.started_at as at,
  case when c.status in ('failed', 'cancelled') then 'failed' else 'answered' end as outcome,
  null::int as status, case when c.status in ('failed', 'cancelled') then 'flow_failed' end as code, null as reason,
  null as why, c.workspace_id, c.listener_id, c.caller ->> 'kind' as kind, c.token_id, c.customer_id,
  c.caller ->> 'ip' as ip, (extract(epoch from c.finished_at - c.started_at) * 1000)::float8 as ms, c.id as run_id,
  c.caller ->> 'triedBy' as tried_by`

const RECORDED = recordIdBoundsSql('c.started_at', `c.started_at + interval '${REQUEST_MAX_MS / 1000} s'`)

/** The record of a run's call has the time of its end, so only the partitions of that hour are read. */
const RECORDED_IS_ABSENT = `not exists (
  select from recorded_call recorded where recorded.run_id = c.id and (
    recorded.id >= '${FIRST_OTHER_RECORD_ID}' or (recorded.id >= ${RECORDED.from} and recorded.id < ${RECORDED.to})))`

/** The runs of requests without a record, as parts of a `union all`. Empty if the filter excludes them. */
export function runArms(search: RequestSearch, param: Param): string[] {
  const { filter, reader } = search
  const outcomes = filter.outcomes?.filter((outcome) => outcome !== 'refused')
  if (outcomes?.length === 0 || filter.reason !== undefined) return []
  const where = [
    ...commonConditions('started_at', search, param),
    ...inPartitions(filter, param),
    'c.listener_id is not null',
    'c.replay_of is null',
    RECORDED_IS_ABSENT,
    ...(outcomes?.length === 1
      ? [`c.status ${outcomes[0] === 'failed' ? 'in' : 'not in'} ('failed', 'cancelled')`]
      : []),
    ...(filter.ip === undefined ? [] : [`c.caller ->> 'ip' = ${param(filter.ip)}`]),
    ...(filter.q === undefined ? [] : [anyOf(filter.q, ['c.request_id', 'c.id', `c.caller ->> 'ip'`], reader, param)])
  ]
  return [ofWorkspaces(RUN, 'run', 'started_at', where, search, param)]
}

/** Skips the partitions of `run` that have none of the runs. */
function inPartitions({ requestRunIds }: RequestFilter, param: Param): string[] {
  if (!requestRunIds) return []
  const { from, to } = requestRunIds
  return [`(c.id >= ${param(FIRST_OTHER_ID)} or (c.id >= ${param(from)} and c.id < ${param(to)}))`]
}

function commonConditions(time: string, { filter, after, reader }: RequestSearch, param: Param): string[] {
  const equal = (column: string, given: unknown): string[] =>
    given === undefined ? [] : [`c.${column} = ${param(given)}`]
  return [
    ...equal('listener_id', filter.listenerId),
    ...equal('token_id', filter.tokenId),
    ...equal('request_id', filter.requestId),
    ...(filter.customerId === undefined
      ? []
      : [
          `c.customer_id in (select customer.id from customer
             where customer.workspace_id = any(${param(reader.workspaceIds)})
             and (customer.id = ${param(filter.customerId)} or customer.external_id = ${param(filter.customerId)}))`
        ]),
    ...(filter.since === undefined ? [] : [`c.${time} >= ${param(filter.since)}`]),
    ...(filter.until === undefined ? [] : [`c.${time} < ${param(filter.until)}`]),
    ...(after === undefined
      ? []
      : [`c.${time} <= ${param(after.time)}`, `(c.${time}, c.id) < (${param(after.time)}, ${param(after.id)})`])
  ]
}

function anyOf(q: string, columns: readonly string[], reader: RequestReader, param: Param): string {
  const given = param(q)
  return `(${[
    ...columns.map((column) => `${column} = ${given}`),
    `c.listener_id in (select listener.id from listener where listener.workspace_id = any(${param(reader.workspaceIds)})
       and listener.name ilike ${param(`%${literalLike(q)}%`)})`
  ].join(' or ')})`
}
