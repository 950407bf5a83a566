import { isId } from '../lib/ids.ts'
import type { Database } from '../platform/db/client.ts'
import {
  type CountedPage,
  cursorTo,
  literalLike,
  pageOf,
  type PageRequest,
  TOTAL_MAX,
  totalOf
} from '../platform/db/page.ts'
import { parameters } from '../platform/db/parameters.ts'
import { newestRows, type Selection } from './newest-rows.ts'
import { type ReadRunDeps, type RunReader, type RunSummary, summaryOf, SUMMARY_OMITS } from './read.ts'
import type { RunStatus } from './run.ts'

export interface RunFilter extends PageRequest {
  flowId?: string | undefined
  workspaceId?: string | undefined
  listenerId?: string | undefined
  tokenId?: string | undefined
  /** The id of the customer in Sluice, or the one that its back end gave it. */
  customerId?: string | undefined
  requestId?: string | undefined
  /** One of these; undefined for any. */
  statuses?: readonly RunStatus[] | undefined
  since?: Date | undefined
  /** Runs that started before this. */
  until?: Date | undefined
  /** A part of the name of the caller, or of its id. */
  q?: string | undefined
}

/** `total` is left out where a search stopped before the end. */
export type RunPage = Omit<CountedPage<RunSummary>, 'total'> & Partial<Pick<CountedPage<RunSummary>, 'total'>>

/**
 * How many runs a search of callers reads for one page, because no index helps it. A page that ends there has a cursor,
 * however few runs it found.
 */
export const SEARCH_MAX = 5_000

/**
 * The runs that the reader may see, newest first, without their data.
 * @throws Fault `validation_failed` for a cursor that no earlier page returned
 */
export async function listRuns(
  { database, recorder }: ReadRunDeps,
  reader: RunReader,
  filter: RunFilter
): Promise<RunPage> {
  await recorder.flush()
  const wanted = await selectionOf(database, reader, filter)
  if (!wanted) return { items: [], nextCursor: null, total: 0 }
  const { found, total } =
    filter.cursor === undefined && filter.q === undefined
      ? await firstPage(database, wanted, filter.limit + 1)
      : await anyPage(database, wanted, filter)
  const runs = await database.prisma.run.findMany({
    where: { id: { in: found.ids } },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    omit: SUMMARY_OMITS
  })
  const page = pageOf(runs, filter.limit, 'startedAt', summaryOf)
  return {
    items: page.items,
    nextCursor: page.nextCursor ?? (found.stoppedAt ? cursorTo(found.stoppedAt.at, found.stoppedAt.id) : null),
    ...(total === undefined ? {} : { total: totalOf(total) })
  }
}

const equals =
  (column: string) =>
  (parameter: string): string =>
    `run.${column} = ${parameter}`

/** @returns undefined where no run can match */
async function selectionOf(database: Database, reader: RunReader, filter: RunFilter): Promise<Selection | undefined> {
  const conditions: [(parameter: string) => string, unknown][] = []
  const { workspaceId, customerId } = filter
  let workspaces: readonly string[] | undefined
  if ('customerId' in reader) {
    conditions.push([equals('customer_id'), reader.customerId])
    if (workspaceId !== undefined) conditions.push([equals('workspace_id'), workspaceId])
  } else {
    workspaces = reader.workspaceIds.filter((id) => workspaceId === undefined || id === workspaceId)
    if (workspaces.length === 0) return undefined
    if ('tokenId' in reader) conditions.push([equals('token_id'), reader.tokenId])
    if ('tokenId' in reader && reader.scope)
      conditions.push([
        (parameter) => `(run.listener_id = any(${parameter}::text[]) or run.workspace_id = any(${parameter}::text[]))`,
        [...reader.scope]
      ])
  }
  if (customerId !== undefined) {
    const ids = await customersNamed(database, reader, customerId)
    if (ids.length === 0) return undefined
    const [only, ...others] = ids
    conditions.push(
      others.length === 0
        ? [equals('customer_id'), only]
        : [(parameter) => `run.customer_id = any(${parameter}::text[])`, ids]
    )
  }
  for (const [column, value] of [
    ['request_id', filter.requestId],
    ['flow_id', filter.flowId],
    ['listener_id', filter.listenerId],
    ['token_id', filter.tokenId]
  ] as const)
    if (value !== undefined) conditions.push([equals(column), value])
  if (workspaces && conditions.length > 0) {
    // `coalesce` keeps the planner from a second index of each partition, whose rows it would then sort.
    conditions.push([(parameter) => `coalesce(run.workspace_id = any(${parameter}::text[]), false)`, workspaces])
    workspaces = undefined
  }
  if (filter.since) conditions.push([(parameter) => `run.started_at >= ${parameter}`, filter.since])
  if (filter.until) conditions.push([(parameter) => `run.started_at < ${parameter}`, filter.until])
  return { workspaces, conditions, statuses: filter.statuses ?? [undefined] }
}

/** The ids in Sluice of the customers that an id may mean, deleted ones included. */
async function customersNamed(database: Database, reader: RunReader, id: string): Promise<string[]> {
  const own = 'customerId' in reader
  const rows = await database.prisma.customer.findMany({
    where: { externalId: id, ...(own ? { id: reader.customerId } : { workspaceId: { in: [...reader.workspaceIds] } }) },
    select: { id: true }
  })
  return [...(isId('cus', id) ? [id] : []), ...rows.map((row) => row.id)]
}

const SEARCHED = 'run.id, run.started_at, run.caller'

/** SQL condition: whether a row of `scanned` has a caller that matches the search. */
function callerFits(parameter: string): string {
  return `(scanned.caller->>'name' ilike ${parameter} or scanned.caller->>'id' ilike ${parameter})`
}

interface Found {
  ids: string[]
  /** The last run that a search read, if more follow it. */
  stoppedAt?: { at: Date; id: string } | undefined
}

/**
 * Reads the first page and the count in one statement: where partitions are many, planning takes longer than execution.
 */
async function firstPage(
  { pool }: Database,
  selection: Selection,
  limit: number
): Promise<{ found: Found; total: number }> {
  const { values, param } = parameters()
  const counted = newestRows(selection, { columns: 'run.id, run.started_at', limit: TOTAL_MAX + 1 }, param)
  const { rows } = await pool.query<{ id: string; total: number }>(
    `with counted as materialized (${counted})
     select id, (select count(*)::int from counted) as total from counted
      order by started_at desc, id desc limit ${param(limit)}`,
    values
  )
  return { found: { ids: rows.map(({ id }) => id) }, total: rows[0]?.total ?? 0 }
}

async function anyPage(
  database: Database,
  selection: Selection,
  filter: RunFilter
): Promise<{ found: Found; total: number | undefined }> {
  const [found, total] = await Promise.all([
    newestIds(database, selection, filter, filter.limit + 1),
    countRuns(database, selection, filter)
  ])
  return { found, total }
}

async function newestIds(
  { pool }: Database,
  selection: Selection,
  { cursor, q }: RunFilter,
  limit: number
): Promise<Found> {
  const { values, param } = parameters()
  if (q === undefined) {
    const text = newestRows(selection, { columns: 'run.id, run.started_at', limit, cursor }, param)
    return { ids: (await pool.query<{ id: string }>(text, values)).rows.map(({ id }) => id) }
  }
  const scan = newestRows(selection, { columns: SEARCHED, limit: SEARCH_MAX, cursor }, param)
  const { rows } = await pool.query<{ id: string; started_at: Date; stop: boolean }>(
    `with scanned as materialized (${scan}),
      fitting as (select id, started_at from scanned where ${callerFits(param(`%${literalLike(q)}%`))}
                   order by started_at desc, id desc limit ${param(limit)}),
      bottom as (select id, started_at from scanned where (select count(*) from scanned) = ${SEARCH_MAX}
                  order by started_at, id limit 1)
     select id, started_at, false as stop from fitting union all select id, started_at, true from bottom`,
    values
  )
  const bottom = rows.find(({ stop }) => stop)
  return {
    ids: rows.filter(({ stop }) => !stop).map(({ id }) => id),
    stoppedAt: bottom && { at: bottom.started_at, id: bottom.id }
  }
}

/** @returns at most `TOTAL_MAX + 1`; undefined where a search stopped before the end */
async function countRuns({ pool }: Database, selection: Selection, { q }: RunFilter): Promise<number | undefined> {
  const { values, param } = parameters()
  if (q === undefined) {
    const rows = newestRows(selection, { columns: 'run.id, run.started_at', limit: TOTAL_MAX + 1 }, param)
    const counted = await pool.query<{ count: number }>(`select count(*)::int as count from (${rows}) counted`, values)
    return counted.rows[0]?.count ?? 0
  }
  const scan = newestRows(selection, { columns: SEARCHED, limit: SEARCH_MAX }, param)
  const { rows } = await pool.query<{ scanned: number; count: number }>(
    `with scanned as materialized (${scan})
     select count(*)::int as scanned, count(*) filter (where ${callerFits(param(`%${literalLike(q)}%`))})::int as count
       from scanned`,
    values
  )
  const { scanned, count } = rows[0] ?? { scanned: 0, count: 0 }
  return scanned < SEARCH_MAX || count > TOTAL_MAX ? count : undefined
}
