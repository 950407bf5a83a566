import type { Pool } from 'pg'
import { HOUR_MS } from '../lib/clock.ts'
import type { Owners } from './owners.ts'
import type { HourCounts, Outcome } from './usage-buffer.ts'

const ROWS_AT_ONCE = 1_000

// One statement per hour, so that no row is updated twice in it. All processes write rows in the same order, so that
// they wait for each other but never deadlock.
const ADD = `
  insert into call_usage as known (workspace_id, listener_id, token_id, unit, at, outcome, calls, durations)
  select given.workspace_id, given.listener_id, given.token_id, bucket.unit,
         date_trunc(bucket.unit, $1::timestamptz, 'UTC'), given.outcome, given.calls, given.durations::int[]
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])
         as given(workspace_id, listener_id, token_id, outcome, calls, durations)
   cross join (values ('day'), ('hour')) as bucket(unit)
   order by 2, 4, 5, 3, 6
  on conflict (listener_id, unit, at, token_id, outcome) do update
     set calls = known.calls + excluded.calls,
         durations = array(select coalesce(a, 0) + coalesce(b, 0)
                             from unnest(known.durations, excluded.durations) with ordinality as pair(a, b, n)
                            order by n)`

interface Row {
  workspaceId: string
  listenerId: string
  /** Empty for calls without a token, and for tokens of accounts that are not members of the workspace. */
  tokenId: string
  outcome: Outcome
  calls: number
  durations: Uint32Array
}

/** Adds counts to their hour and their day. Calls of listeners that do not exist are left out. */
export async function writeUsage(pool: Pool, owners: Owners, counts: readonly HourCounts[]): Promise<void> {
  const byHour = Map.groupBy(counts, ({ hour }) => hour)
  for (const [hour, ofHour] of byHour) {
    const rows = rowsOf(owners, ofHour)
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const batch = rows.slice(start, start + ROWS_AT_ONCE)
      await pool.query({
        name: 'call_usage_add',
        text: ADD,
        values: [
          new Date(hour * HOUR_MS),
          batch.map((row) => row.workspaceId),
          batch.map((row) => row.listenerId),
          batch.map((row) => row.tokenId),
          batch.map((row) => row.outcome),
          batch.map((row) => row.calls),
          batch.map((row) => `{${row.durations.join(',')}}`)
        ]
      })
    }
  }
}

function rowsOf({ workspaceOf, tokens }: Owners, counts: readonly HourCounts[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { listenerId, tokenId, outcomes } of counts) {
    const workspaceId = workspaceOf.get(listenerId)
    if (workspaceId === undefined) continue
    // A workspace must not learn about tokens of strangers.
    const shown = tokenId !== undefined && tokens.get(tokenId)?.workspaceIds.has(workspaceId) ? tokenId : ''
    for (const [outcome, { calls, durations }] of outcomes) {
      const key = `${listenerId} ${shown} ${outcome}`
      const known = rows.get(key)
      if (!known) rows.set(key, { workspaceId, listenerId, tokenId: shown, outcome, calls, durations })
      else {
        known.calls += calls
        for (const [bucket, count] of durations.entries())
          known.durations[bucket] = (known.durations[bucket] ?? 0) + count
      }
    }
  }
  return [...rows.values()]
}
