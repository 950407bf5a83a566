import { pageOf, readCursor, type Page, type PageRequest } from '../platform/db/page.ts'
import { summaryOf, type ReadRunDeps, type RunReader, type RunSummary } from './read.ts'
import type { RunStatus } from './run.ts'

export interface RunFilter extends PageRequest {
  listenerId?: string | undefined
  status?: RunStatus | undefined
  since?: Date | undefined
}

/**
 * The runs that the reader may see, newest first, without their data.
 * @throws Fault `validation_failed` for a cursor that was not given out
 */
export async function listRuns(
  { database, recorder }: ReadRunDeps,
  reader: RunReader,
  filter: RunFilter
): Promise<Page<RunSummary>> {
  await recorder.flush()
  const { text, values } = newestIds(reader, filter)
  const { rows } = await database.pool.query<{ id: string }>(text, values)
  const runs = await database.prisma.run.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    omit: { input: true, output: true, error: true, steps: true }
  })
  return pageOf(runs, filter.limit, 'startedAt', summaryOf)
}

/** The newest of each workspace by its index, and of these the newest: however many runs there are, a page of each is looked at. */
function newestIds(
  reader: RunReader,
  { listenerId, status, since, cursor, limit }: RunFilter
): { text: string; values: unknown[] } {
  const { column, keys } = ownersOf(reader)
  const after = readCursor(cursor)
  const values: unknown[] = [keys, limit + 1]
  const value = (given: unknown): string => `$${values.push(given)}`
  const conditions = [
    `run.${column} = owner.key`,
    ...('tokenId' in reader ? [`run.workspace_id = any(${value(reader.workspaceIds)})`] : []),
    ...(listenerId === undefined ? [] : [`run.listener_id = ${value(listenerId)}`]),
    ...(status === undefined ? [] : [`run.status = ${value(status)}`]),
    ...(since === undefined ? [] : [`run.started_at >= ${value(since)}`]),
    ...(after === undefined ? [] : [`(run.started_at, run.id) < (${value(after.time)}, ${value(after.id)})`])
  ]
  const text = `
    select newest.id from unnest($1::text[]) as owner (key) cross join lateral (
      select run.id, run.started_at from run where ${conditions.join(' and ')} order by run.started_at desc, run.id desc limit $2) newest
     order by newest.started_at desc, newest.id desc limit $2`
  return { text, values }
}

function ownersOf(reader: RunReader): { column: 'workspace_id' | 'token_id' | 'customer_id'; keys: readonly string[] } {
  if ('customerId' in reader) return { column: 'customer_id', keys: [reader.customerId] }
  return 'tokenId' in reader
    ? { column: 'token_id', keys: [reader.tokenId] }
    : { column: 'workspace_id', keys: reader.workspaceIds }
}
