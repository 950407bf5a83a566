import { type Clock, HOUR_MS } from '../lib/clock.ts'
import type { Database } from '../platform/db/client.ts'
import { summaryOf, SUMMARY_OMITS } from '../runs/read.ts'
import type { Recorder } from '../runs/recorder.ts'
import { FIRST_OTHER_ID, idsStartedBetween } from '../runs/run-id.ts'
import type { CallRecorder } from './call-recorder.ts'
import { findRequests } from './find-requests.ts'
import { requestOf } from './request.ts'

/** Something that happened in a workspace. */
export interface FeedItem {
  /** Identifies the item. A run is a separate item for each of its statuses. */
  key: string
  event: 'request' | 'run' | 'token'
  at: number
  /** The data that a reader sees; undefined = the reader may not see the item. */
  dataFor(accountId: string): unknown
  /** The id of a run that has not ended, and will therefore change again. */
  liveRunId?: string
}

export interface FeedSourceDeps {
  database: Database
  recorder: Recorder
  calls: CallRecorder
  clock: Clock
}

/** The most items of one kind that a read returns; the newest are kept. */
export const FEED_ITEMS_MAX = 200

/**
 * Reads what happened in a workspace since a time, in any process, oldest first.
 * @param liveRunIds runs to read although they started earlier
 */
export async function readFeed(
  { database, recorder, calls, clock }: FeedSourceDeps,
  workspaceId: string,
  since: Date,
  liveRunIds: readonly string[]
): Promise<FeedItem[]> {
  await Promise.all([recorder.flush(), calls.flush()])
  const workspace = await database.prisma.workspace.findUnique({
    where: { id: workspaceId },
    select: { runRetentionDays: true }
  })
  if (!workspace) return []
  // This runs twice a second. Without these bounds, each read would scan every partition of runs.
  const { from, to } = idsStartedBetween(since.getTime(), clock.now() + HOUR_MS, workspace.runRetentionDays)
  const [requests, runs, tokens] = await Promise.all([
    findRequests(
      database.pool,
      { accountId: '', seesOwn: false, workspaceIds: [workspaceId] },
      { workspaceId, since, requestRunIds: { from, to } },
      { limit: FEED_ITEMS_MAX }
    ),
    database.prisma.run.findMany({
      where: {
        workspaceId,
        OR: [{ startedAt: { gte: since } }, { id: { in: [...liveRunIds] } }],
        AND: { OR: [{ id: { gte: FIRST_OTHER_ID } }, { id: { gte: from, lt: to } }] }
      },
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
      take: FEED_ITEMS_MAX + liveRunIds.length,
      omit: SUMMARY_OMITS
    }),
    database.pool.query<TokenRow>({ name: 'feed_tokens', text: TOKENS, values: [workspaceId, since, FEED_ITEMS_MAX] })
  ])
  const items: FeedItem[] = [
    ...requests.map((row) => ({
      // The record of a failed run may arrive after the run. Both are the same request.
      key: `request ${row.run_id ?? row.id}`,
      event: 'request' as const,
      at: row.at.getTime(),
      dataFor: (accountId: string) => requestOf(row, accountId)
    })),
    ...runs.map((run) => ({
      key: `run ${run.id} ${run.status}`,
      event: 'run' as const,
      at: (run.finishedAt ?? run.startedAt).getTime(),
      dataFor: () => summaryOf(run),
      ...(run.finishedAt ? {} : { liveRunId: run.id })
    })),
    ...tokens.rows.map(({ event_id, at, action, account_id, of_workspace, ...token }) => ({
      key: `token ${event_id}`,
      event: 'token' as const,
      at: at.getTime(),
      // Another account's token that does not reach this workspace is hidden.
      dataFor: (accountId: string) =>
        of_workspace || account_id === accountId ? { ...token, change: action.slice('token.'.length) } : undefined
    }))
  ]
  return items.sort((a, b) => a.at - b.at)
}

interface TokenRow {
  event_id: string
  at: Date
  action: string
  account_id: string
  of_workspace: boolean
  id: string
  name: string
  start: string
}

const TOKENS = `
  select * from (
    select e.id as event_id, e.at, e.action, t.account_id, t.id, t.name, t.start,
           $1 = any(t.workspace_ids) or exists (
             select from listener l where l.workspace_id = $1 and l.id = any(t.listener_ids)) as of_workspace
      from audit_event e join token t on t.id = e.target
     where e.at >= $2 and e.action like 'token.%') changed
   where of_workspace or account_id in (select m.account_id from member m where m.workspace_id = $1)
   order by at desc limit $3`
